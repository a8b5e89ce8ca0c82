package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Vec2;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.example.robots.CartAndPoles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What follows from a task that is stated once. */
class TaskBuilderTest {
  private static final double FREE = Double.POSITIVE_INFINITY;

  /** A cart of two capsule poles of 0.5 m, by trigonometry. */
  @Test
  void everyQuantityAndPenaltyIsWhatItSays() {
    Environment e = new CartAndPoles().create(Map.of());
    Workspace w = e.newWorkspace();
    double cart = e.spec().geometry().get(0).mass();
    double pole = 0.3;
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 100; trial++) {
      double[] x = random.doubles(6, -2, 2).toArray();
      double[] u = random.doubles(2, -3, 3).toArray();
      double[] next = new double[6];
      assertTrue(e.step(w, x, 0, u, 0, next, 0));
      double a = x[1];
      double b = x[1] - x[2]; // the upper hinge turns clockwise
      double da = x[4];
      double db = x[4] - x[5];
      double jointX = x[0] - 0.5 * sin(a);
      double jointDx = x[3] - 0.5 * cos(a) * da;
      double jointDy = -0.5 * sin(a) * da;
      double total = cart + 2 * pole;
      double centreX = centreX(x, cart);
      double centreY = pole * (0.75 * cos(a) + 0.25 * cos(b)) / total;
      double centreDx = x[3] - pole * (0.75 * cos(a) * da + 0.25 * cos(b) * db) / total;
      double centreDy = -pole * (0.75 * sin(a) * da + 0.25 * sin(b) * db) / total;
      double tipY = 0.5 * cos(a) + 0.5 * cos(b);
      double expected =
          1e-3 * (u[0] * u[0] + u[1] * u[1])
              + 1e-2 * absolute(u[1], 0.5)
              + square(tipY - 0.9)
              + 0.1 * absolute(jointDx - 0.5 * cos(b) * db, 1)
              + 0.1 * square(jointDy - 0.2)
              + 0.3 * absolute(jointX, 0.3)
              - 0.2 * centreY
              + 0.05 * square(centreX - 1)
              + square(centreDx - 0.4)
              + centreDy
              + 0.01 * absolute(b, 1)
              + 0.01 * square(db)
              + 40 * square(tipX(next) - tipX(x) - 0.01)
              - 2 * (centreX(next, cart) - centreX(x, cart));
      assertEquals(expected, e.cost(w, x, 0, u, 0), 1e-12);
      assertEquals(
          10 * square(tipY - 0.9) + 2 * absolute(x[3], 0.1), e.terminalCost(w, x, 0), 1e-12);
    }
  }

  @Test
  void theSpecFollows() {
    EnvironmentSpec spec = new CartAndPoles().create(Map.of()).spec();
    assertEquals(
        List.of(
            "root_x",
            "lower_pole_angle",
            "upper_pole_angle",
            "root_x_velocity",
            "lower_pole_velocity",
            "upper_pole_velocity"),
        spec.state().stream().map(EnvironmentSpec.StateEntry::name).toList());
    assertEquals(List.of(1, 2, 3, 4, 5), spec.observation());
    assertEquals(
        List.of(
            new EnvironmentSpec.ActionEntry("pull", "N", -30, 30),
            new EnvironmentSpec.ActionEntry("elbow", "N m", -4, 4)),
        spec.action());
    assertEquals(
        new EnvironmentSpec.CostTerm("control", "norm of the actions", 1e-3, 0, Penalty.QUADRATIC),
        spec.costTerms().get(0));
    assertEquals(
        new EnvironmentSpec.CostTerm("elbow", "elbow, N m", 1e-2, 0, Penalty.smoothAbsolute(0.5)),
        spec.costTerms().get(1));
    assertEquals("p_y of upper pole at (0.0, 0.5), m", spec.costTerms().get(2).quantity());
    assertEquals(
        List.of("p_y of upper pole at (0.0, 0.5), m", "root_x_velocity, m/s"),
        spec.terminalCostTerms().stream().map(EnvironmentSpec.CostTerm::quantity).toList());
    assertEquals(
        "the cart rolls back below -1.0 m, or the cart leaves the rail above 20.0 m",
        spec.termination());
    assertEquals(new EnvironmentSpec.Goal(0, 0.4, 0.6, 2), spec.goal());
    assertEquals(List.of(0.0, 3.0, 0.0, 0.0, 0.0, 0.0), spec.initialState().mean());
    assertEquals(List.of(0.0, 0.01, 0.01, 0.01, 0.01, 0.01), spec.initialState().std());
    List<List<Integer>> placed =
        spec.geometry().stream().map(g -> List.of(g.xIndex(), g.yIndex(), g.angleIndex())).toList();
    assertEquals(List.of(List.of(0, -1, -1), List.of(-1, -1, 1), List.of(-1, -1, 2)), placed);
  }

  @Test
  void anEpisodeFailsOnEitherSideAndIsChargedTheCostOfResting() {
    Environment e = new CartAndPoles().create(Map.of());
    double[] x = new double[7];
    assertFalse(e.terminated(x, 1));
    x[1] = -1.01;
    assertTrue(e.terminated(x, 1));
    x[1] = 20.01;
    assertTrue(e.terminated(x, 1));
    x[1] = 0;
    x[2] = 3;
    double[] next = new double[7];
    assertTrue(e.step(e.newWorkspace(), x, 1, new double[2], 0, next, 1));
    double cart = e.spec().geometry().get(0).mass();
    double[] here = Arrays.copyOfRange(x, 1, 7);
    double[] there = Arrays.copyOfRange(next, 1, 7);
    // What rests is not displaced.
    double moving =
        40 * square(tipX(there) - tipX(here) - 0.01)
            - 2 * (centreX(there, cart) - centreX(here, cart));
    double resting = e.cost(e.newWorkspace(), x, 1, new double[2], 0) - moving + 40 * square(0.01);
    assertEquals(resting, e.spec().terminationCost(), 1e-12);
  }

  @Test
  void whatMakesNoSenseIsRefusedByName() {
    refused(
        "the weight of 'spin' must be at least 0, but is -1.0",
        () -> task().cost("spin", -1, Quantity.state("rod_velocity")));
    refused(
        "there is no state entry 'wheel_angle'; known: rod_angle, rod_velocity",
        () -> task().hide("wheel_angle"));
    refused(
        "'rod_velocity' is a velocity and not a position",
        () -> task().actuate("rod_velocity", "torque", 1));
    refused(
        "there is no state entry 'tip'; known: rod_angle, rod_velocity",
        () -> task().cost("tip", 1, Quantity.state("tip")).build());
    refused(
        "there is no link 'tip'; the links are rod",
        () -> task().cost("tip", 1, Quantity.angle("tip")).build());
    refused(
        "there are no actions that could cost anything",
        () -> task().terminalCost("torque", 1, Quantity.actions(), 0).build());
    refused(
        "the terminal cost 'way' has no step that its quantity could be a change in",
        () ->
            task()
                .terminalCost("way", 1, Quantity.displacement(Quantity.pointX("rod", Vec2.ZERO)), 0)
                .build());
    refused(
        "there are no actions that could cost anything",
        () ->
            task()
                .actuate("rod_angle", "motor", 1)
                .cost("jerk", 1, Quantity.displacement(Quantity.actions()))
                .build());
    refused(
        "the model has 1 coordinates, which need different names, but there are [a, b]",
        () -> task().coordinates(List.of("a", "b")));
    refused("the initial state must have 2 entries, but has 1", () -> task().start(List.of(1.0)));
    refused(
        "the integrator's step must be 0.01 s, but is 0.02 s",
        () -> task().course(new Parameters.Course(0.02, 2, 10), TimeStep.euler(0.02)));
    refused(
        "the width of a smooth absolute must be from 1.0E-100 to 1.0E100 and that of others 0, but"
            + " is 0.0",
        () -> Penalty.smoothAbsolute(0));
    refused(
        "the width of a smooth absolute must be from 1.0E-100 to 1.0E100 and that of others 0, but"
            + " is 1.0E-170",
        () -> Penalty.smoothAbsolute(1e-170));
    refused(
        "the hinge of 'rod' has limits 0.0 and 0.1 rad, but soft limits of width 0.2 rad need 0.4"
            + " rad between them",
        () -> limited(0, 0.1, 0.2).build());
    assertEquals(
        "rod needs a course()",
        assertThrows(IllegalStateException.class, () -> bare().build()).getMessage());
    assertEquals(
        "rod needs chargeAfterFailure() exactly where an episode can fail",
        assertThrows(
                IllegalStateException.class,
                () -> task().failsAbove("rod_angle", 1, "it falls").build())
            .getMessage());
  }

  /** The same effort, once as an action and once through a gear, whose actions have no unit. */
  @Test
  void aGearMultipliesActions() {
    Environment direct = task().actuate("rod_angle", "motor", 6).build();
    Environment geared = task().actuate("rod_angle", "motor", -3, -2, 0.5).build();
    assertEquals(
        List.of(new EnvironmentSpec.ActionEntry("motor", "", -2, 0.5)), geared.spec().action());
    double[] x = {0.3, -1};
    double[] one = new double[2];
    double[] other = new double[2];
    assertTrue(direct.step(direct.newWorkspace(), x, 0, new double[] {6}, 0, one, 0));
    assertTrue(geared.step(geared.newWorkspace(), x, 0, new double[] {-2}, 0, other, 0));
    assertEquals(one[1], other[1], 1e-14);
    EnvironmentSpec spec =
        task()
            .actuate("rod_angle", "motor", -3, -2, 0.5)
            .cost("motor", 1, Quantity.action("motor"))
            .build()
            .spec();
    assertEquals("motor", spec.costTerms().get(0).quantity());
    refused(
        "the bounds of 'motor' must be in order, but are 1.0 and 0.0",
        () -> task().actuate("rod_angle", "motor", 1, 1, 0));
    refused(
        "the gear of a motor must be finite, but is NaN",
        () -> task().actuate("rod_angle", "motor", Double.NaN, 0, 1));
  }

  /** Gravity turns a pendulum that starts level down; nothing else has to be said. */
  @Test
  void theLeastTaskRuns() {
    Environment e = task().build();
    double[] x = {Math.PI / 2, 0};
    assertTrue(e.step(e.newWorkspace(), x, 0, new double[0], 0, x, 0));
    assertTrue(x[1] < -0.1, "rate " + x[1]);
    assertEquals(0, e.cost(e.newWorkspace(), x, 0, new double[0], 0));
  }

  /** Curvature and value are numbers however narrow the corner is. */
  @Test
  void smoothAbsolutesOfAnyWidthHaveDerivatives() {
    for (double width : new double[] {1e-100, 1, 1e100}) {
      Environment e =
          task()
              .cost("rate", 1, Quantity.state("rod_velocity"), 0, Penalty.smoothAbsolute(width))
              .build();
      Linearization out = new Linearization(2, 0);
      for (double rate : new double[] {0, 1}) {
        double[] x = {0, rate};
        assertTrue(e.linearize(e.newWorkspace(), x, 0, new double[0], 0, CostHessian.EXACT, out));
        double length = Math.hypot(rate, width);
        assertEquals(rate / length, out.lx[1], 1e-15);
        assertEquals(width / length * (width / length) / length, out.lxx[3], 1e-15 / width);
      }
    }
  }

  @Test
  void valuesThatDoNotGoTogetherAreRefusedByName() {
    Parameters p = new Parameters(Map.of("width", 0.3));
    p.real("range", 0.2, 0, 1, "rad", "range of the hinge");
    p.real("width", 0.1, 0, 1, "rad", "width of its limits");
    p.require(true, "width < 1", "width", "range");
    ParameterException e =
        assertThrows(
            ParameterException.class, () -> p.require(false, "range >= width", "range", "width"));
    assertEquals(
        "parameter 'width' = 0.3 is not allowed: with range = 0.2, it must be that range >= width",
        e.getMessage());
    assertEquals(
        List.of(
            "range of the hinge; required: width < 1, range >= width",
            "width of its limits; required: width < 1, range >= width"),
        p.all().stream().map(EnvironmentSpec.Parameter::description).toList());
    assertThrows(IllegalArgumentException.class, () -> p.require(true, "a < b", "range", "colour"));
  }

  private static TaskBuilder limited(double lower, double upper, double width) {
    Parameters.Course course = new Parameters.Course(0.02, 2, 10);
    return bare(lower, upper)
        .force(new JointLimits(10, 1, width))
        .course(course, TimeStep.euler(course.h()));
  }

  private static TaskBuilder bare() {
    return bare(-FREE, FREE);
  }

  private static TaskBuilder bare(double lower, double upper) {
    Capsule rod = new Capsule(Vec2.ZERO, new Vec2(0, -1), 0.1);
    Joint joint = Joint.FREE.withRange(lower, upper);
    PlanarModel model =
        new PlanarModel(
            Root.HINGED,
            List.of(Link.capsule("rod", -1, 1, Vec2.ZERO, rod, 10, joint)),
            new Vec2(0, -9.81));
    return new TaskBuilder("rod", "1", model, new Parameters(Map.of()))
        .coordinates(List.of("rod_angle"));
  }

  private static TaskBuilder task() {
    Parameters.Course course = new Parameters.Course(0.02, 2, 10);
    return bare().course(course, TimeStep.euler(course.h()));
  }

  private static void refused(String message, Executable task) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, task).getMessage());
  }

  private static double tipX(double[] x) {
    return x[0] - 0.5 * sin(x[1]) - 0.5 * sin(x[1] - x[2]);
  }

  private static double centreX(double[] x, double cart) {
    return x[0] - 0.3 * (0.75 * sin(x[1]) + 0.25 * sin(x[1] - x[2])) / (cart + 2 * 0.3);
  }

  private static double absolute(double r, double width) {
    return Math.sqrt(r * r + width * width) - width;
  }

  private static double square(double a) {
    return a * a;
  }

  private static double sin(double a) {
    return StrictMath.sin(a);
  }

  private static double cos(double a) {
    return StrictMath.cos(a);
  }
}
