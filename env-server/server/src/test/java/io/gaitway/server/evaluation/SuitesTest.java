package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Suite;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.sim.task.Environments;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Suites and the models that they run in. */
class SuitesTest {
  @Test
  void suitesRunInTheModelsOfTheCatalog() {
    Catalog catalog = new Catalog(Environments.load(), 1);
    Map<String, Double> stiff = Map.of("stiffness", 3.0);
    Suites suites =
        new Suites(
            catalog,
            List.of(
                new SuiteModel.Definition(
                    "varied", "Carts.", "cart", List.of(Map.of(), stiff), 4, 1, 0)));
    SuiteModel varied = suites.find("varied").orElseThrow();
    for (int episode = 0; episode < 4; episode++) {
      assertSame(catalog.model("cart", episode % 2 == 0 ? Map.of() : stiff), varied.model(episode));
    }
  }

  private static SuiteModel.Definition suite(
      String id, String environment, Map<String, Double> variant, int episodes) {
    return new SuiteModel.Definition(id, "", environment, List.of(variant), episodes, 1, 0);
  }

  @Test
  void suitesThatCannotBeAreNotThere() {
    Suites suites =
        new Suites(
            new Catalog(Environments.load(), 1),
            List.of(
                suite("good", "cart", Map.of(), 1),
                suite("no-environment", "none", Map.of(), 1),
                suite("no-parameter", "cart", Map.of("none", 1.0), 1),
                suite("no-episodes", "cart", Map.of(), 0)));
    assertTrue(suites.find("no-parameter").isEmpty());
    assertEquals(List.of("good"), suites.all().stream().map(Suite::getId).toList());
    assertEquals(List.of("good"), suites.ids());
  }
}
