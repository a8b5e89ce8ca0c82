package io.gaitway.server.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.Environments;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When the catalog builds what. */
class CatalogTest {
  private final List<String> asked = new ArrayList<>();

  /** A swimmer that notes what it is asked for. */
  private final class Noting implements EnvironmentProvider {
    @Override
    public String id() {
      return "noting";
    }

    @Override
    public Environment create(Map<String, Double> overrides) {
      Environment swimmer = Environments.load().create("swimmer", overrides);
      return (Environment)
          Proxy.newProxyInstance(
              Environment.class.getClassLoader(),
              new Class<?>[] {Environment.class},
              (proxy, method, arguments) -> {
                asked.add(method.getName());
                return method.invoke(swimmer, arguments);
              });
    }
  }

  @Test
  void aListCompilesNothing() {
    Catalog catalog = new Catalog(Environments.load(List.of(new Noting())), 1);
    assertTrue(catalog.descriptions().stream().anyMatch(spec -> spec.getId().equals("swimmer")));
    assertEquals(List.of("spec"), asked);
    Model model = catalog.model("noting", Map.of());
    assertTrue(asked.contains("linearizeOperations"), asked.toString());
    assertTrue(model.stepNanos() > 0);
    assertSame(model, catalog.model("noting", Map.of()));
  }
}
