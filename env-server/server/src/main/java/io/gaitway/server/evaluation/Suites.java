package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.Suite;
import io.gaitway.server.catalog.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The suites by name. The models of each are looked up when somebody asks for it. */
public final class Suites {
  private final Catalog catalog;
  private final Map<String, SuiteModel.Definition> definitions = new TreeMap<>();
  private final Map<String, SuiteModel> ready = new TreeMap<>();

  /** These suites, of the catalog's environments. */
  public Suites(Catalog catalog, List<SuiteModel.Definition> definitions) {
    this.catalog = catalog;
    definitions.forEach(definition -> this.definitions.put(definition.id(), definition));
  }

  /** The names, sorted. */
  List<String> ids() {
    return List.copyOf(definitions.keySet());
  }

  /** The suite of a name. */
  synchronized Optional<SuiteModel> find(String id) {
    SuiteModel.Definition definition = definitions.get(id);
    if (definition == null) {
      return Optional.empty();
    }
    return Optional.of(ready.computeIfAbsent(id, missing -> SuiteModel.of(definition, catalog)));
  }

  /** All suites, sorted by name. */
  List<Suite> all() {
    List<Suite> all = new ArrayList<>();
    for (String id : ids()) {
      all.add(find(id).orElseThrow().suite());
    }
    return all;
  }
}
