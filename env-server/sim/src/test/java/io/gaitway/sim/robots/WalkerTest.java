package io.gaitway.sim.robots;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.sim.dynamics.ForwardDynamics;
import io.gaitway.sim.dynamics.GoldenRobot;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.ParameterException;
import io.gaitway.sim.task.Workspace;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * The walker's own numbers: those of {@code walker2d_v5.xml}, of the paper's cost, and of falls.
 */
class WalkerTest {
  private static final int NV = 9;
  private static final int NX = 18;
  private static final int NU = 6;

  /** The hip in the frame of MuJoCo's torso, whose origin is the torso's centre. */
  private static final Vec2 HIP = new Vec2(0, -0.2);

  /** Limp on the ground, it is carried where it touches, by as much as it weighs. */
  @Test
  void theGroundCarriesItsWeight() {
    Environment walker = new Walker().create(Map.of("substeps", 2.0));
    EnvironmentSpec spec = walker.spec();
    Workspace w = walker.newWorkspace();
    double[] x = new double[spec.nx()];
    double[] u = new double[spec.nu()];
    walker.sampleInitialState(1, 0, x, 0);
    for (int t = 0; t < 6000; t++) {
      assertTrue(walker.step(w, x, 0, u, 0, x, 0));
    }
    List<EnvironmentSpec.ContactPoint> points = spec.contactPoints();
    double[] forces = new double[2 * points.size()];
    assertTrue(walker.contactForces(w, x, 0, u, 0, forces, 0));
    double along = 0;
    double up = 0;
    for (int i = 0; i < points.size(); i++) {
      along += forces[2 * i];
      up += forces[2 * i + 1];
    }
    double weight = 9.81 * spec.geometry().stream().mapToDouble(link -> link.mass()).sum();
    assertEquals(weight, up, 1e-3 * weight);
    assertEquals(0, along, 1e-3 * weight);
  }

  @Test
  void theModelIsTheXmlFilesWithItsRootAtTheHip() {
    PlanarModel xml = GoldenRobot.load("walker").model();
    PlanarModel model = Walker.model(1);
    assertEquals(xml.size(), model.size());
    assertEquals(xml.root(), model.root());
    assertEquals(xml.gravity(), model.gravity());
    for (int i = 0; i < model.size(); i++) {
      Link expected = xml.link(i);
      Link link = model.link(i);
      assertEquals(expected.parent(), link.parent(), link.name());
      assertEquals(expected.axis(), link.axis(), link.name());
      // The torso's frame moved from its centre to the hip; the other frames sit at their hinges.
      Vec2 moved = expected.parent() < 0 ? HIP : Vec2.ZERO;
      Vec2 parentMoved = expected.parent() == 0 ? HIP : Vec2.ZERO;
      assertArrayEquals(
          numbers(
              expected,
              expected.com().plus(moved, -1),
              expected.hinge().plus(parentMoved, -1),
              capsule(expected).from().plus(moved, -1),
              capsule(expected).to().plus(moved, -1)),
          numbers(link, link.com(), link.hinge(), capsule(link).from(), capsule(link).to()),
          1e-13,
          link.name());
    }
  }

  private static Capsule capsule(Link link) {
    return (Capsule) link.shapes().get(0);
  }

  /** Numbers of a link, ends of its axis in the order of their coordinates. */
  private static double[] numbers(Link link, Vec2 com, Vec2 hinge, Vec2 from, Vec2 to) {
    return new double[] {
      link.mass(),
      link.inertia(),
      link.joint().armature(),
      link.joint().damping(),
      capsule(link).radius(),
      com.x(),
      com.y(),
      hinge.x(),
      hinge.y(),
      Math.min(from.x(), to.x()),
      Math.max(from.x(), to.x()),
      Math.min(from.y(), to.y()),
      Math.max(from.y(), to.y())
    };
  }

  @Test
  void accelerationsOffTheGroundAreMujocos(TestReporter reporter) {
    GoldenRobot robot = GoldenRobot.load("walker");
    ForwardDynamics dynamics = new ForwardDynamics(Walker.model(1), List.of(), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    double worst = 0;
    for (JsonNode state : robot.states()) {
      double[] q = GoldenRobot.array(state.get("q"));
      double[] qd = GoldenRobot.array(state.get("v"));
      double[] expected = GoldenRobot.array(state.get("mujoco").get("bare"));
      toHip(q, qd, expected);
      dynamics.evaluate(data, q, qd, GoldenRobot.array(state.get("tau")));
      double scale = Math.max(1, Arrays.stream(expected).map(Math::abs).max().orElseThrow());
      for (int i = 0; i < NV; i++) {
        worst = Math.max(worst, Math.abs(data.qdd(i) - expected[i]) / scale);
      }
    }
    reporter.publishEntry("worst relative error", Double.toString(worst));
    assertTrue(robot.states().size() >= 200);
    assertTrue(worst <= 1e-10, "relative error " + worst);
  }

  /**
   * From the torso's centre to the hip: p = c + R(φ) d, differentiated twice. Modified: the first
   * two entries of each.
   */
  private static void toHip(double[] q, double[] qd, double[] qdd) {
    double cos = StrictMath.cos(-q[2]);
    double sin = StrictMath.sin(-q[2]);
    double x = cos * HIP.x() - sin * HIP.y();
    double y = sin * HIP.x() + cos * HIP.y();
    double omega = -qd[2];
    double alpha = -qdd[2];
    qdd[0] += -alpha * y - omega * omega * x;
    qdd[1] += alpha * x - omega * omega * y;
    qd[0] -= omega * y;
    qd[1] += omega * x;
    q[0] += x;
    q[1] += y;
  }

  @Test
  void thePersonOfTheDefaultsWeighsThreeTimesTheXmlFiles() {
    EnvironmentSpec spec = new Walker().create(Map.of()).spec();
    double mass = spec.geometry().stream().mapToDouble(EnvironmentSpec.LinkGeometry::mass).sum();
    // MuJoCo's total for the file.
    assertEquals(3 * 23.677136632555076, mass, 1e-12);
  }

  @Test
  void theSpecNamesEighteenStatesAndSixTorques() {
    EnvironmentSpec spec = new Walker().create(Map.of()).spec();
    assertEquals(NX, spec.nx());
    assertEquals(NU, spec.nu());
    assertEquals(
        List.of(
            "root_x",
            "root_y",
            "root_angle",
            "right_hip_angle",
            "right_knee_angle",
            "right_ankle_angle",
            "left_hip_angle",
            "left_knee_angle",
            "left_ankle_angle"),
        spec.state().subList(0, NV).stream().map(EnvironmentSpec.StateEntry::name).toList());
    assertEquals("right_hip_torque", spec.action().get(0).name());
    assertEquals("left_ankle_torque", spec.action().get(5).name());
    assertEquals(300, spec.action().get(0).upper());
    // A policy does not see where along the ground it is.
    assertEquals(IntStream.range(1, NX).boxed().toList(), spec.observation());
    assertEquals(0.01, spec.dt());
    assertEquals(500, spec.horizon());
    assertEquals(1.2 * 1.2 + 0.87 * 0.87, spec.terminationCost(), 1e-14);
    assertEquals("the hip falls below 0.65 m", spec.termination());
  }

  @Test
  void theChargeForAFallIsThatOfLyingStill() {
    Map<String, Double> overrides =
        Map.of("fallen_height", 0.2, "height_weight", 2.0, "speed_weight", 3.0);
    Environment e = new Walker().create(overrides);
    double[] x = new double[NX];
    x[1] = 0.2;
    assertEquals(
        e.cost(e.newWorkspace(), x, 0, new double[NU], 0), e.spec().terminationCost(), 1e-14);
  }

  @Test
  void aFallIsChargedForItsTorquesButInVersion2() {
    assertTrue(new Walker().create(Map.of()).spec().terminationChargesActions());
    assertFalse(
        new Walker().create(Map.of("fallen_actions", 0.0)).spec().terminationChargesActions());
  }

  @Test
  void theCostIsThePapers() {
    Environment e = new Walker().create(Map.of());
    double[] x = new double[NX];
    double[] u = {30, -40, 0, 0, 12, -5};
    x[1] = 0.97;
    x[NV] = 1.2;
    // On target only the torques cost, whatever else moves.
    x[2] = 0.4;
    x[5] = 0.3;
    x[NV + 1] = -2;
    x[NV + 4] = 7;
    assertEquals(1e-4 * (900 + 1600 + 144 + 25), e.cost(e.newWorkspace(), x, 0, u, 0), 1e-15);
    x[0] = 17;
    x[1] = 0.87;
    x[NV] = -0.3;
    assertEquals(1e-4 * 2669 + 1.5 * 1.5 + 0.1 * 0.1, e.cost(e.newWorkspace(), x, 0, u, 0), 1e-14);
    Environment other =
        new Walker()
            .create(
                Map.of(
                    "target_speed", 0.5,
                    "target_height", 0.9,
                    "control_weight", 2e-3,
                    "speed_weight", 4.0,
                    "height_weight", 10.0));
    assertEquals(
        2e-3 * 2669 + 4 * 0.64 + 10 * 0.03 * 0.03,
        other.cost(other.newWorkspace(), x, 0, u, 0),
        1e-14);
  }

  @Test
  void theTerminalCostHoldsHeightFallAndPitch() {
    Environment e = new Walker().create(Map.of("terminal_weight", 50.0));
    Workspace w = e.newWorkspace();
    double[] x = new SplittableRandom(3).doubles(NX, -1, 1).toArray();
    x[1] = 0.87;
    x[2] = -0.3;
    x[NV + 1] = 2;
    assertEquals(50 * 0.01 + 5 * 4 + 5 * 0.09, e.terminalCost(w, x, 0), 1e-13);
    for (CostHessian hessian : CostHessian.values()) {
      Linearization out = new Linearization(NX, NU);
      e.linearizeTerminal(w, x, 0, hessian, out);
      double[] lx = new double[NX];
      double[] lxx = new double[NX * NX];
      lx[1] = 2 * 50 * -0.1;
      lx[2] = 2 * 5 * -0.3;
      lx[NV + 1] = 2 * 5 * 2;
      lxx[NX + 1] = 100;
      lxx[2 * NX + 2] = 10;
      lxx[(NV + 1) * NX + NV + 1] = 10;
      assertEquals(e.terminalCost(w, x, 0), out.l);
      assertArrayEquals(lx, out.lx, 1e-13, hessian.toString());
      assertArrayEquals(lxx, out.lxx, 1e-13, hessian.toString());
    }
  }

  @Test
  void aHipBelowTheFallHeightEndsAnEpisode() {
    Environment e = new Walker().create(Map.of());
    double[] x = new double[NX];
    x[1] = 0.65;
    assertFalse(e.terminated(x, 0));
    x[1] = Math.nextDown(0.65);
    assertTrue(e.terminated(x, 0));
    Environment never = new Walker().create(Map.of("fall_height", -1000.0));
    x[1] = -3;
    assertFalse(never.terminated(x, 0));
  }

  @Test
  void parametersOutOfRangeAreRefusedInASentence() {
    ParameterException e =
        assertThrows(
            ParameterException.class, () -> new Walker().create(Map.of("ground_width", 0.0)));
    assertEquals(
        "parameter 'ground_width' = 0.0 is not allowed: a number from 1.0E-5 to 0.1",
        e.getMessage());
  }

  @Test
  void rangesNarrowerThanTheirLimitsAreSoftAreRefused() {
    refused(
        Map.of("ankle_limit", 0.01),
        "parameter 'ankle_limit' = 0.01 is not allowed: with limit_width = 0.05, it must be that"
            + " ankle_limit >= limit_width");
    refused(
        Map.of("knee_lower", -0.05),
        "parameter 'knee_lower' = -0.05 is not allowed: with limit_width = 0.05, it must be that"
            + " -knee_lower >= 2 limit_width");
    refused(
        Map.of("hip_upper", 0.0, "hip_lower", -0.01),
        "parameter 'hip_upper' = 0.0 is not allowed: with hip_lower = -0.01, limit_width = 0.05, it"
            + " must be that hip_upper - hip_lower >= 2 limit_width");
    refused(
        Map.of("limit_width", 1.0),
        "parameter 'limit_width' = 1.0 is not allowed: with ankle_limit = 0.785, it must be that"
            + " ankle_limit >= limit_width");
    String description =
        new Walker()
            .create(Map.of("ankle_limit", 0.05)).spec().parameters().stream()
                .filter(parameter -> parameter.name().equals("ankle_limit"))
                .findFirst()
                .orElseThrow()
                .description();
    assertEquals("soft limit of the ankles; required: ankle_limit >= limit_width", description);
  }

  private static void refused(Map<String, Double> overrides, String message) {
    assertEquals(
        message,
        assertThrows(ParameterException.class, () -> new Walker().create(overrides)).getMessage());
  }

  @Test
  void absurdStatesEndInBoundedTimeAndNeverInNonsense(TestReporter reporter) {
    Environment e = new Walker().create(Map.of());
    int[] count = new int[2];
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          SplittableRandom random = new SplittableRandom(61);
          double[] heights = {-1e6, -100, -1, 0, 0.3, 0.9, 5};
          double[] speeds = {0, 10, 1e3, 1e6, 1e12, 1e100, 1e300};
          double[] torques = {0, 300, 1e9, 1e200};
          for (double height : heights) {
            for (double speed : speeds) {
              for (double torque : torques) {
                for (double pitch : new double[] {0, Math.PI, 1e5}) {
                  double[] x = random.doubles(NX, -speed, Math.nextUp(speed)).toArray();
                  Arrays.setAll(x, i -> i < NV ? random.nextDouble(-3, 3) : x[i]);
                  x[1] = height;
                  x[2] = pitch;
                  double[] u = random.doubles(NU, -torque, Math.nextUp(torque)).toArray();
                  boolean stepped = check(e, x, u);
                  count[stepped ? 0 : 1]++;
                  boolean thinkable = height >= -1 && speed <= 10 && torque <= 300;
                  assertTrue(stepped || !thinkable, () -> Arrays.toString(x));
                }
              }
            }
          }
        });
    reporter.publishEntry("steps that succeeded, failed", count[0] + ", " + count[1]);
  }

  /** Whether the step succeeds; if so its result is finite, with derivatives or without. */
  private static boolean check(Environment e, double[] x, double[] u) {
    Workspace w = e.newWorkspace();
    double[] next = new double[NX];
    Linearization out = new Linearization(NX, NU);
    boolean stepped = e.step(w, x, 0, u, 0, next, 0);
    boolean linearized = e.linearize(w, x, 0, u, 0, CostHessian.EXACT, out);
    assertEquals(stepped, linearized, () -> Arrays.toString(x));
    if (stepped) {
      assertArrayEquals(next, out.xNext);
      assertTrue(Arrays.stream(next).allMatch(Double::isFinite), () -> Arrays.toString(x));
    }
    return stepped;
  }
}
