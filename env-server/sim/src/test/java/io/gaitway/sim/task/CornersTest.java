package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.robots.Walker;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.example.robots.CartAndPoles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * What the robots promise where formulas change, with every parameter at either end of its range:
 * every step has a result, results do not jump, and derivatives are those of one side or the mean
 * of both.
 */
class CornersTest {
  private static final double EPSILON = 1e-9;
  private static final double TOLERANCE = 1e-6;

  /** Steps of differences: from where rounding does no harm to the narrowest width of a law. */
  private static final double[] STEPS = {1e-4, 1e-5, 1e-6, 1e-3, 1e-7, 1e-8};

  private static final double[] WEIGHTS = {-25.0 / 12, 4, -3, 4.0 / 3, -1.0 / 4};

  /** Speeds, m/s and rad/s, beyond which no difference of doubles has the digits. */
  private static final double FAST = 1e5;

  /** What goes with an end of a range that does not go with the other parameters' defaults. */
  private static final Map<String, Map<String, Double>> PARTNERS =
      Map.of(
          "joint_limit=1.0", Map.of("limit_width", 1e-3),
          "ankle_limit=0.001", Map.of("limit_width", 1e-3),
          "knee_lower=-0.002", Map.of("limit_width", 1e-3),
          "limit_width=1.0",
              Map.of("ankle_limit", 3.2, "knee_lower", -3.2, "hip_lower", -3.2, "hip_upper", 3.2));

  private final SplittableRandom random = new SplittableRandom(14);
  private int states;
  private int unmeasured;
  private double worst;
  private String where = "";

  @Test
  void walker(TestReporter reporter) {
    edges(new Walker(), 15);
    report(reporter);
  }

  @Test
  void swimmer(TestReporter reporter) {
    edges(new Swimmer(), 20);
    report(reporter);
  }

  @Test
  void cartAndPoles(TestReporter reporter) {
    edges(new CartAndPoles(), 75);
    report(reporter);
  }

  private void report(TestReporter reporter) {
    reporter.publishEntry(
        "%d states, %d beyond the differences' digits, worst error %.1e at %s"
            .formatted(states, unmeasured, worst, where));
    assertTrue(states >= 500, states + " states");
    assertTrue(unmeasured <= states / 10, unmeasured + " of " + states);
  }

  private void edges(EnvironmentProvider provider, int each) {
    List<EnvironmentSpec.Parameter> parameters = provider.create(Map.of()).spec().parameters();
    for (int end = 0; end < 2; end++) {
      Map<String, Double> task = new HashMap<>();
      for (EnvironmentSpec.Parameter parameter : parameters) {
        double value = end == 0 ? parameter.lower() : parameter.upper();
        if (isOfTheTask(parameter.name())) {
          task.put(parameter.name(), value);
        } else {
          Map<String, Double> overrides =
              new HashMap<>(PARTNERS.getOrDefault(parameter.name() + "=" + value, Map.of()));
          overrides.put(parameter.name(), value);
          overrides.keySet().removeIf(name -> !declares(parameters, name));
          check(provider, overrides, value >= 1000 && parameter.integer() ? 2 : each);
        }
      }
      check(provider, task, each);
    }
  }

  private static boolean declares(List<EnvironmentSpec.Parameter> parameters, String name) {
    return parameters.stream().anyMatch(parameter -> parameter.name().equals(name));
  }

  /** Parameters that the dynamics do not know are at their ends together. */
  private static boolean isOfTheTask(String name) {
    return name.endsWith("_weight")
        || name.startsWith("target_")
        || name.startsWith("fall")
        || List.of("horizon", "start", "initial_std").contains(name);
  }

  private void check(EnvironmentProvider provider, Map<String, Double> overrides, int count) {
    Environment e = provider.create(overrides);
    Corners corners = new Corners(e);
    CounterGaussian noise = new CounterGaussian();
    int nx = e.spec().nx();
    double[] x = new double[nx];
    double[] u = new double[e.spec().nu()];
    for (int turn = 0; turn < count; turn++) {
      place(e.spec(), x, u);
      noise.start(1, turn, 0);
      String at =
          "%s %s, x %s, u %s"
              .formatted(
                  provider.id(), new TreeMap<>(overrides), Arrays.toString(x), Arrays.toString(u));
      assertTrue(corners.impose(noise, turn, x, u), at);
      new Knot(e, x, u).check(at);
      states++;
    }
  }

  /** A state within the angles' limits, slow or fast, and actions within their bounds. */
  private void place(EnvironmentSpec spec, double[] x, double[] u) {
    int nv = spec.nx() / 2;
    double speed = new double[] {0, 1e-3, 1, 5}[random.nextInt(4)];
    for (int i = 0; i < nv; i++) {
      EnvironmentSpec.StateEntry entry = spec.state().get(i);
      double free = entry.angle() ? random.nextDouble(-3, 3) : spec.initialState().mean().get(i);
      double width = entry.upper() - entry.lower();
      x[i] = Double.isFinite(width) ? entry.lower() + width * random.nextDouble() : free;
      x[nv + i] = speed * random.nextDouble(-1, 1);
    }
    for (int j = 0; j < u.length; j++) {
      EnvironmentSpec.ActionEntry entry = spec.action().get(j);
      u[j] = entry.lower() + (entry.upper() - entry.lower()) * random.nextDouble();
    }
  }

  private final class Knot {
    private final Environment e;
    private final Workspace workspace;
    private final double[] x;
    private final double[] u;
    private final int nx;

    Knot(Environment e, double[] x, double[] u) {
      this.e = e;
      this.x = x;
      this.u = u;
      nx = x.length;
      workspace = e.newWorkspace();
    }

    void check(String at) {
      Linearization exact = new Linearization(nx, u.length);
      assertTrue(e.linearize(workspace, x, 0, u, 0, CostHessian.EXACT, exact), at);
      double[] direction = new double[nx + u.length];
      if (random.nextBoolean()) {
        Arrays.setAll(direction, i -> random.nextDouble(-1, 1));
      } else {
        direction[random.nextInt(direction.length)] = 1;
      }
      double[] slope = new double[nx + 1];
      double scale = 0;
      for (int i = 0; i <= nx; i++) {
        for (int j = 0; j < direction.length; j++) {
          double entry =
              i == nx
                  ? j < nx ? exact.lx[j] : exact.lu[j - nx]
                  : j < nx ? exact.fx[i * nx + j] : exact.fu[i * u.length + j - nx];
          slope[i] += entry * direction[j];
          scale = i == nx ? scale : Math.max(scale, Math.abs(entry));
        }
        assertTrue(Double.isFinite(slope[i]), at);
      }
      double[] there = value(direction, 0, at);
      double[] right = value(direction, EPSILON, at);
      double[] left = value(direction, -EPSILON, at);
      for (int i = 0; i < nx; i++) {
        double room = EPSILON * 3 * scale * direction.length + 1e-11 * Math.abs(there[i]);
        assertEquals(there[i], right[i], room, at);
        assertEquals(there[i], left[i], room, at);
      }
      if (Arrays.stream(there).map(Math::abs).max().orElse(0) > FAST) {
        unmeasured++;
        return;
      }
      compare(direction, slope, scale, at);
    }

    /** With the derivatives to the right and to the left, and with their mean. */
    private void compare(double[] direction, double[] slope, double scale, String at) {
      double[] error = new double[nx + 1];
      Arrays.fill(error, Double.POSITIVE_INFINITY);
      double largest = Double.POSITIVE_INFINITY;
      for (int step = 0; step < STEPS.length && largest > TOLERANCE; step++) {
        double[] right = oneSided(direction, STEPS[step], at);
        double[] left = oneSided(direction, -STEPS[step], at);
        largest = 0;
        for (int i = 0; i <= nx; i++) {
          double by = i == nx ? Math.max(1, Math.abs(slope[nx])) : scale;
          double mean = (right[i] + left[i]) / 2;
          for (double side : new double[] {mean, right[i], left[i]}) {
            error[i] = Math.min(error[i], Math.abs(side - slope[i]) / by);
          }
          largest = Math.max(largest, error[i]);
        }
      }
      if (largest > worst) {
        worst = largest;
        where = at;
      }
      assertTrue(largest <= TOLERANCE, largest + " " + at);
    }

    /** The one-sided difference of fourth order. */
    private double[] oneSided(double[] direction, double h, String at) {
      double[] result = new double[nx + 1];
      double[] centre = value(direction, 0, at);
      for (int k = 1; k < WEIGHTS.length; k++) {
        double[] there = value(direction, k * h, at);
        for (int i = 0; i <= nx; i++) {
          result[i] += WEIGHTS[k] / h * (there[i] - centre[i]);
        }
      }
      return result;
    }

    /** Next state and cost at a shift along a direction of (x, u). */
    private double[] value(double[] direction, double shift, String at) {
      double[] xs = x.clone();
      double[] us = u.clone();
      for (int j = 0; j < direction.length; j++) {
        if (j < nx) {
          xs[j] += shift * direction[j];
        } else {
          us[j - nx] += shift * direction[j];
        }
      }
      double[] out = new double[nx + 1];
      assertTrue(e.step(workspace, xs, 0, us, 0, out, 0), at);
      out[nx] = e.cost(workspace, xs, 0, us, 0);
      for (double entry : out) {
        assertTrue(Double.isFinite(entry), at);
      }
      return out;
    }
  }
}
