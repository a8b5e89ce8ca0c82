package io.gaitway.sim.task;

import io.gaitway.sim.robots.Shipped;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.robots.Walker;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.example.robots.CartAndPoles;

/** The environments that the suites of this package are run on: a new one is one line here. */
final class Cases {
  private static final Map<String, Environment> SHARED = new ConcurrentHashMap<>();

  private Cases() {}

  /** An environment with overrides, printed as both. */
  record Case(EnvironmentProvider provider, Map<String, Double> overrides) {
    /** A new one, which is compiled anew. */
    Environment create() {
      return provider.create(overrides);
    }

    /** The one of all tests. */
    Environment shared() {
      return SHARED.computeIfAbsent(toString(), name -> create());
    }

    @Override
    public String toString() {
      return provider.id() + new TreeMap<>(overrides);
    }
  }

  static Stream<Case> all() {
    return Stream.of(
        new Case(new Swimmer(), Map.of()),
        new Case(new Swimmer(), Map.of("links", 2.0, "dt", 0.02, "substeps", 1.0)),
        new Case(new Swimmer(), Map.of("links", 6.0, "target_speed", -0.3)),
        new Case(new Walker(), Map.of()),
        new Case(new Walker(), Map.of("mass_scale", 1.0, "start", 0.0, "substeps", 2.0)),
        new Case(new CartAndPoles(), Map.of()),
        new Case(new Shipped.Pendulum(), Map.of()),
        new Case(new Shipped.CartPole(), Map.of()),
        new Case(new Shipped.Acrobot(), Map.of()),
        new Case(new Shipped.Hopper(), Map.of("target_speed", 0.5)),
        new Case(new Shipped.HalfCheetah(), Map.of()),
        new Case(new Shipped.GymnasiumHalfCheetah(), Map.of()),
        new Case(new Shipped.GymnasiumHopper(), Map.of()),
        new Case(new Shipped.GymnasiumSwimmer(), Map.of()),
        new Case(new Shipped.GymnasiumWalker2d(), Map.of()));
  }
}
