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
  private static final Map<String, Double> NOMINAL = Map.of();

  /** The suites of this program; docs/evaluation.md has the reasons for their numbers. */
  public static final List<SuiteModel.Definition> STANDARD =
      List.of(
          new SuiteModel.Definition(
              "swimmer-still",
              "Swim from rest at the target speed; starts vary as in training.",
              "swimmer",
              List.of(NOMINAL),
              10,
              2013,
              0),
          new SuiteModel.Definition(
              "swimmer-disturbed",
              "Swim at the target speed from bent postures in motion.",
              "swimmer",
              List.of(NOMINAL),
              20,
              2014,
              0.2),
          new SuiteModel.Definition(
              "swimmer-varied",
              "Swim at the target speed with lighter, heavier, shorter and longer links.",
              "swimmer",
              List.of(
                  NOMINAL,
                  Map.of("link_density", 800.0),
                  Map.of("link_density", 1250.0),
                  Map.of("link_length", 0.9),
                  Map.of("link_length", 1.1)),
              25,
              2015,
              0.05),
          new SuiteModel.Definition(
              "walker-gait",
              "Walk on at the target speed from mid-gait; starts vary as in training.",
              "walker",
              List.of(NOMINAL),
              20,
              2013,
              0),
          new SuiteModel.Definition(
              "walker-disturbed",
              "Walk on from mid-gait after a push: angles and velocities off the gait's.",
              "walker",
              List.of(NOMINAL),
              50,
              2014,
              0.05),
          new SuiteModel.Definition(
              "walker-varied",
              "Walk on from mid-gait with another weight, another ground, less friction.",
              "walker",
              List.of(
                  NOMINAL,
                  Map.of("mass_scale", 2.7),
                  Map.of("mass_scale", 3.3),
                  Map.of("ground_stiffness", 100_000.0),
                  Map.of("friction", 0.7)),
              50,
              2015,
              0.01));

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
