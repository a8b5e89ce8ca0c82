package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.Suite;
import io.gaitway.server.catalog.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The suites by name. The models of each are looked up when somebody asks for it. A suite that
 * names what its environment does not have is not there, and the log says why.
 */
public final class Suites {
  private static final Logger LOG = LoggerFactory.getLogger(Suites.class);

  private final Catalog catalog;
  private final Map<String, SuiteModel.Definition> definitions = new ConcurrentSkipListMap<>();
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
    SuiteModel found = ready.get(id);
    if (found == null) {
      try {
        found = SuiteModel.of(definition, catalog);
      } catch (IllegalArgumentException e) {
        LOG.warn("suite {} cannot be used: {}", id, e.getMessage());
        definitions.remove(id);
        return Optional.empty();
      }
      ready.put(id, found);
    }
    return Optional.of(found);
  }

  /** All suites, sorted by name. */
  List<Suite> all() {
    List<Suite> all = new ArrayList<>();
    for (String id : ids()) {
      find(id).ifPresent(found -> all.add(found.suite()));
    }
    return all;
  }
}
