package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the ground and the integrator's step do to the hand-crafted gait. */
class WalkerGaitTest {
  private static final double DT = 0.01;

  /** Length of a thigh, m. */
  private static final double LINK = 0.45;

  /** For five seconds the gait walks at about its speed, and its feet do not sink visibly. */
  @Test
  void theGroundCarriesTheGait(TestReporter reporter) {
    int T = 500;
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("walker", Map.of());
      double[] xs = walk(simulator, simulator.environment().initialState().meanState(), T);
      double deepest = 0;
      for (int t = 0; t <= T; t++) {
        for (double[] end : ends(simulator.environment(), xs, t)) {
          deepest = Math.max(deepest, end[2] - end[1]);
        }
      }
      double speed = (xs[T * simulator.environment().nx()] - xs[0]) / (T * DT);
      report(reporter, "deepest end of a link in 5 s, mm", 1e3 * deepest);
      report(reporter, "mean speed, m/s", speed);
      assertTrue(deepest <= 0.030, "penetration " + deepest);
      assertTrue(speed > 0.5, "speed " + speed);
    }
  }

  /**
   * The gait's first second with a substep and with half of it: the ends of the links stay within 5
   * % of a link's length. With two substeps and four a foot lands one control step apart, for 5.4
   * %.
   */
  @ParameterizedTest
  @CsvSource({"1, 0.05", "2, 0.1", "4, 0.05"})
  void halvingTheSubstepMovesTheFirstSecondOfTheGait(
      int substeps, double most, TestReporter reporter) {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator coarse = client.simulator("walker", Map.of("substeps", 1.0 * substeps));
      Simulator fine = client.simulator("walker", Map.of("substeps", 2.0 * substeps));
      double furthest = apart(coarse, fine, coarse.environment().initialState().meanState());
      report(
          reporter,
          "furthest that an end of a link moves in 1 s with %d substeps instead of %d, mm"
              .formatted(2 * substeps, substeps),
          1e3 * furthest);
      assertTrue(furthest > 0, "the substeps make no difference at all");
      assertTrue(furthest <= most * LINK, "displacement " + furthest);
    }
  }

  /** The same for the default, from starts disturbed by 0.02: half of them stay within 6 %. */
  @Tag("all")
  @Test
  void halvingTheSubstepMovesHalfOfDisturbedStartsLittle(TestReporter reporter) {
    int n = 49;
    SplittableRandom random = new SplittableRandom(81);
    double[] apart = new double[n];
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator coarse = client.simulator("walker", Map.of());
      Simulator fine = client.simulator("walker", Map.of("substeps", 2.0));
      for (int k = 0; k < n; k++) {
        double[] start = coarse.environment().initialState().meanState();
        for (int i = 2; i < start.length; i++) {
          start[i] += 0.02 * random.nextGaussian();
        }
        apart[k] = apart(coarse, fine, start);
      }
    }
    Arrays.sort(apart);
    report(
        reporter, "the same with 2 instead of 1 from disturbed starts, median", 1e3 * apart[n / 2]);
    report(reporter, "three quarters of them within, mm", 1e3 * apart[3 * n / 4]);
    assertTrue(apart[n / 2] <= 0.06 * LINK, "median displacement " + apart[n / 2]);
  }

  /**
   * Greatest distance between an end of a link in the gait's first second and in the other's, m.
   */
  private static double apart(Simulator one, Simulator other, double[] start) {
    int T = 100;
    double[] xs = walk(one, start, T);
    double[] ys = walk(other, start, T);
    double furthest = 0;
    for (int t = 0; t <= T; t++) {
      List<double[]> a = ends(one.environment(), xs, t);
      List<double[]> b = ends(other.environment(), ys, t);
      for (int i = 0; i < a.size(); i++) {
        furthest =
            Math.max(furthest, Math.hypot(a.get(i)[0] - b.get(i)[0], a.get(i)[1] - b.get(i)[1]));
      }
    }
    return furthest;
  }

  private static void report(TestReporter reporter, String what, double value) {
    reporter.publishEntry(what, Double.toString(value));
    System.out.printf("walker's gait: %s %.3g%n", what, value);
  }

  /** The gait in closed loop; states, shape (T + 1, nx). */
  private static double[] walk(Simulator simulator, double[] start, int T) {
    assertEquals(DT, simulator.environment().dt());
    Gait gait = Objects.requireNonNull(Gaits.find("walker"));
    double[] us = new Demonstration(simulator, gait).walk(start, T);
    Rollout rollout =
        simulator.rollout(RolloutRequest.single(T, start, new Controller.OpenLoop(us))).get(0);
    assertEquals(T, rollout.steps());
    assertTrue(!rollout.terminated(), "the gait falls");
    return rollout.trajectory().xs;
  }

  /** The ends of all links at step t: x, y, radius. */
  private static List<double[]> ends(EnvironmentInfo environment, double[] xs, int t) {
    List<LinkGeometry> links = environment.geometry();
    int at = t * environment.nx();
    double[] angle = new double[links.size()];
    double[] x = new double[links.size()];
    double[] y = new double[links.size()];
    List<double[]> ends = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      LinkGeometry link = links.get(i);
      int parent = link.parent();
      angle[i] = (parent < 0 ? 0 : angle[parent]) + link.axis() * xs[at + link.angleIndex()];
      double[] hinge =
          parent < 0
              ? new double[] {xs[at], xs[at + 1], 0}
              : point(x[parent], y[parent], angle[parent], link.hingeX(), link.hingeY(), 0);
      x[i] = hinge[0];
      y[i] = hinge[1];
      for (EnvironmentInfo.Shape shape : link.shapes()) {
        for (int k = 0; k < shape.points().size(); k += 2) {
          double dx = shape.points().get(k);
          double dy = shape.points().get(k + 1);
          ends.add(point(x[i], y[i], angle[i], dx, dy, shape.radius()));
        }
      }
    }
    return ends;
  }

  private static double[] point(
      double x, double y, double angle, double dx, double dy, double radius) {
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    return new double[] {x + cos * dx - sin * dy, y + sin * dx + cos * dy, radius};
  }
}
