package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Extent;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.robots.Walker;
import io.gaitway.sim.symbolic.Expr;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps that cannot be taken, and Newton's method where it is needed. */
class StepFailureTest {

  static Stream<Mechanism> mechanisms() {
    return Mechanisms.all();
  }

  @ParameterizedTest
  @MethodSource("mechanisms")
  void nonFiniteInputFails(Mechanism m) {
    ControlStep.Data data = m.newControlStep().newData();
    SplittableRandom random = new SplittableRandom(41);
    int nx = 2 * m.nv();
    double[] x = m.state(random, Mechanism.Region.FREE);
    double[] u = m.action(random);
    double[] next = new double[nx];
    double[] fx = new double[nx * nx];
    double[] fu = new double[nx * m.nu()];
    for (double bad :
        new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      for (int i = 0; i < nx + m.nu(); i++) {
        double[] array = i < nx ? x : u;
        int at = i < nx ? i : i - nx;
        double good = array[at];
        array[at] = bad;
        String where = "entry " + i + " = " + bad;
        assertFalse(data.advance(x, 0, u, 0, next, 0), where);
        assertFalse(data.differentiate(x, 0, u, 0, next, fx, fu), where);
        array[at] = good;
      }
    }
    assertTrue(data.advance(x, 0, u, 0, next, 0), "a failure leaves no trace");
  }

  @ParameterizedTest
  @MethodSource("mechanisms")
  void absurdStatesEndInBoundedTimeAndNeverInNonsense(Mechanism m) {
    ControlStep.Data data = m.newControlStep().newData();
    int nx = 2 * m.nv();
    double[] next = new double[nx];
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          SplittableRandom random = new SplittableRandom(42);
          for (double size : new double[] {1e2, 1e4, 1e8, 1e20, 1e80, 1e160, 1e300, 1e308}) {
            for (int trial = 0; trial < Extent.of(20); trial++) {
              double[] x = random.doubles(nx, -1, 1).map(a -> a * size).toArray();
              double[] u = m.action(random);
              if (data.advance(x, 0, u, 0, next, 0)) {
                assertTrue(
                    Arrays.stream(next).allMatch(Double::isFinite), () -> Arrays.toString(next));
              }
            }
          }
        });
  }

  /** Bodies that lie in the ground, as a bad guess of a trajectory makes them. */
  @Test
  void newtonConvergesDeepInTheGround() {
    Mechanism m = Mechanisms.named("tree on the ground");
    ImplicitStep.Data data = m.newStep().newData();
    SplittableRandom random = new SplittableRandom(44);
    double lowest = 0;
    for (int trial = 0; trial < 400; trial++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 3);
      x[1] = 0.8;
      lowest = Math.min(lowest, new Kinematics(m.model(), x, new double[m.nv()]).lowest);
      data.set(x, 0, m.action(random), 0);
      assertTrue(data.advance(), "trial " + trial + ": " + Arrays.toString(x));
    }
    assertTrue(lowest < -0.15, "lowest point " + lowest);
  }

  /**
   * On hard ground where friction saturates within 0.01 mm/s: by the residual alone Newton's method
   * gets stuck from nearly all of these states, and without leaps it takes too long from some.
   */
  @Test
  void newtonConvergesWhereFrictionSaturatesAtOnce() {
    PlanarModel model = Walker.model(1);
    List<Motor> motors = Motor.direct(IntStream.range(3, 9).boxed().toList());
    GroundContact ground = new GroundContact(1e9, 1e-5, 100, 10, 1e-5);
    ImplicitStep.Data data =
        new ImplicitStep(model, List.of(ground), motors, TimeStep.midpoint(0.01)).newData();
    SplittableRandom random = new SplittableRandom(45);
    for (int trial = 0; trial < 400; trial++) {
      double[] x = random.doubles(18, -1, 1).toArray();
      double[] u = random.doubles(6, -300, 300).toArray();
      x[1] -= new Kinematics(model, x, new double[9]).lowest;
      data.set(x, 0, u, 0);
      assertTrue(data.advance(), "trial " + trial + ": " + Arrays.toString(x));
    }
  }

  /** The same law, once affine in the next velocity and once only in value. */
  @Test
  void newtonFindsWhatTheLinearSolveFinds() {
    ForceModel plain = (motion, forces) -> drag(motion, forces, false);
    ForceModel disguised = (motion, forces) -> drag(motion, forces, true);
    Mechanism linear = Mechanisms.swimmer("linear", 3, plain, Mechanisms.WATER);
    Mechanism newton = Mechanisms.swimmer("newton", 3, disguised, Mechanisms.WATER);
    ControlStep.Data one = linear.newControlStep().newData();
    ControlStep.Data other = newton.newControlStep().newData();
    SplittableRandom random = new SplittableRandom(43);
    for (int trial = 0; trial < 50; trial++) {
      double[] x = linear.state(random, Mechanism.Region.FREE);
      double[] u = linear.action(random);
      double[] a = new double[10];
      double[] b = new double[10];
      double[][] fx = new double[2][100];
      double[][] fu = new double[2][20];
      assertTrue(one.differentiate(x, 0, u, 0, a, fx[0], fu[0]));
      assertTrue(other.differentiate(x, 0, u, 0, b, fx[1], fu[1]));
      for (int i = 0; i < 10; i++) {
        assertEquals(a[i], b[i], 1e-11, "state " + i);
      }
      for (int i = 0; i < 100; i++) {
        assertEquals(fx[0][i], fx[1][i], 1e-10, "fx " + i);
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(fu[0][i], fu[1][i], 1e-12, "fu " + i);
      }
    }
  }

  private static void drag(Motion motion, GeneralizedForce forces, boolean disguised) {
    for (int k = 0; k < motion.model().size(); k++) {
      Expr w = motion.nextAngularVelocity(k);
      Expr one = w.sin().square().plus(w.cos().square());
      forces.addTorque(k, (disguised ? w.times(one) : w).times(-30));
    }
  }

  @Test
  void stepsAndSubstepsArePositive() {
    Mechanism m = Mechanisms.swimmer(2);
    for (double h : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
      for (Executable making :
          List.<Executable>of(() -> TimeStep.euler(h), () -> TimeStep.midpoint(h))) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, making);
        assertTrue(String.valueOf(e.getMessage()).contains(Double.toString(h)), e.getMessage());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> new TimeStep(0.01, 0.02));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ImplicitStep(m.model(), List.of(), List.of(), TimeStep.INSTANT));
    ImplicitStep step = m.newStep();
    assertThrows(IllegalArgumentException.class, () -> new ControlStep(step, 0));
  }
}
