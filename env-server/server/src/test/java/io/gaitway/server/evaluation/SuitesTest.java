package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertSame;

import io.gaitway.server.catalog.Catalog;
import io.gaitway.sim.task.Environments;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Suites and the models that they run in. */
class SuitesTest {
  @Test
  void suitesRunInTheModelsOfTheCatalog() {
    Catalog catalog = new Catalog(Environments.load());
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
}
