package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.robots.Swimmer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Conservation laws and symmetries of the accelerations; momenta and energy by {@link Kinematics}.
 */
class ForwardDynamicsTest {
  private static final int STATES = 200;
  private static final double EXACT = 1e-11;

  /** Compiling takes longer than running. */
  private final Map<Mechanism, ForwardDynamics> compiled = new HashMap<>();

  static Stream<Mechanism> mechanisms() {
    return Mechanisms.all();
  }

  /** Those on which nothing outside acts but gravity: not even on one axis more than the other. */
  static Stream<Mechanism> floating() {
    return Mechanisms.all()
        .filter(m -> m.model().root().floats())
        .filter(m -> m.motors().stream().allMatch(motor -> motor.coordinate() >= 3))
        .filter(m -> Objects.equals(m.model().root().x(), m.model().root().y()))
        .filter(m -> IntStream.range(0, 3).noneMatch(c -> isHeld(m.model().joint(c))));
  }

  private static boolean isHeld(Joint joint) {
    return joint.damping() != 0 || joint.stiffness() != 0 || joint.isLimited();
  }

  /** Torques in the hinges, armatures, damping and limits are internal: they move no momentum. */
  @ParameterizedTest
  @MethodSource("floating")
  void internalForcesConserveMomentum(Mechanism m, TestReporter reporter) {
    Mechanism free =
        new Mechanism(
            m.name(),
            m.model(),
            m.forces().stream().filter(JointLimits.class::isInstance).toList(),
            m.motors(),
            m.torque(),
            m.speed(),
            m.step(),
            m.substeps());
    SplittableRandom random = new SplittableRandom(21);
    double worst = 0;
    double mass = m.model().mass();
    for (int i = 0; i < STATES; i++) {
      double[] x = free.state(random, Mechanism.Region.AT_LIMITS);
      double[] qdd = accelerations(free, x, free.action(random));
      Kinematics k = new Kinematics(m.model(), x, qdd);
      double gx = mass * m.model().gravity().x();
      double gy = mass * m.model().gravity().y();
      // Gravity's torque about the origin is that of the weight at the centre of mass.
      double weightSpin = weightTorque(m.model(), x);
      double scale = mass * largest(qdd);
      worst = Math.max(worst, Math.abs(k.momentumRate[0] - gx) / scale);
      worst = Math.max(worst, Math.abs(k.momentumRate[1] - gy) / scale);
      worst = Math.max(worst, Math.abs(k.spinRate - weightSpin) / scale);
    }
    reporter.publishEntry(m + ": worst relative rate of momentum", Double.toString(worst));
    assertTrue(worst <= EXACT, m + ": " + worst);
  }

  /** Without drag, friction or limits, energy changes by the motors' power and nothing else. */
  @ParameterizedTest
  @MethodSource("mechanisms")
  void energyChangesByThePowerOfTheMotors(Mechanism m, TestReporter reporter) {
    Mechanism bare =
        new Mechanism(
            m.name(), m.model(), List.of(), m.motors(), m.torque(), m.speed(), m.step(), 1);
    SplittableRandom random = new SplittableRandom(22);
    double worst = 0;
    for (int i = 0; i < STATES; i++) {
      double[] x = bare.state(random, Mechanism.Region.FREE);
      double[] u = bare.action(random);
      double[] qdd = accelerations(bare, x, u);
      Kinematics k = new Kinematics(m.model(), x, qdd);
      double power = 0;
      double scale = Math.abs(k.kinetic) + 1;
      for (int j = 0; j < u.length; j++) {
        Motor motor = m.motors().get(j);
        double input = motor.gear() * u[j] * x[m.nv() + motor.coordinate()];
        power += input;
        scale += Math.abs(input);
      }
      for (int c = 0; c < m.nv(); c++) {
        Joint joint = m.model().joint(c);
        double rate = x[m.nv() + c];
        double pull = joint.damping() * rate + joint.stiffness() * (x[c] - joint.rest());
        power -= pull * rate;
        scale += Math.abs(pull * rate);
      }
      worst = Math.max(worst, Math.abs(k.kineticRate + k.potentialRate - power) / scale);
    }
    reporter.publishEntry(m + ": worst relative error of power", Double.toString(worst));
    assertTrue(worst <= 1e-11, m + ": " + worst);
  }

  /** At every speed, also where the viscous part rules. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void dragOnlyTakesEnergyOut(int links) {
    Mechanism m = Mechanisms.swimmer("in water", links, Mechanisms.WATER);
    SplittableRandom random = new SplittableRandom(23);
    for (double speed : new double[] {1e-3, 0.1, 1, 10, 100}) {
      for (int i = 0; i < STATES; i++) {
        double[] x = m.state(random, Mechanism.Region.FREE, speed);
        double[] qdd = accelerations(m, x, new double[m.nu()]);
        Kinematics k = new Kinematics(m.model(), x, qdd);
        assertTrue(k.kineticRate < 0, "power " + k.kineticRate + " at " + Arrays.toString(x));
      }
    }
  }

  /** Shifting and turning a swimmer shifts and turns its accelerations. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void spaceHasNoOriginAndNoDirection(int links) {
    Mechanism m = Mechanisms.swimmer(links);
    int nv = m.nv();
    SplittableRandom random = new SplittableRandom(24);
    for (int i = 0; i < STATES; i++) {
      double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
      double[] u = m.action(random);
      double[] before = accelerations(m, x, u);
      double turn = random.nextDouble(-3, 3);
      double[] y = x.clone();
      y[0] = random.nextDouble(-100, 100);
      y[1] = random.nextDouble(-100, 100);
      y[2] += turn;
      rotate(y, nv, turn);
      double[] expected = before.clone();
      rotate(expected, 0, turn);
      assertClose(expected, accelerations(m, y, u), 1e-11);
    }
  }

  /** In a void, a swimmer that moves evenly accelerates as one at rest does. */
  @Test
  void aVoidHasNoRest() {
    Mechanism m = Mechanisms.swimmer("in a void", 3);
    SplittableRandom random = new SplittableRandom(25);
    for (int i = 0; i < STATES; i++) {
      double[] x = m.state(random, Mechanism.Region.FREE);
      double[] u = m.action(random);
      double[] y = x.clone();
      y[5] += 3;
      y[6] -= 7;
      assertClose(accelerations(m, x, u), accelerations(m, y, u), 1e-12);
    }
  }

  /** A swimmer is its own mirror image about the x axis. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void aMirroredSwimmerMovesInTheMirror(int links) {
    Mechanism m = Mechanisms.swimmer(links);
    int nv = m.nv();
    SplittableRandom random = new SplittableRandom(26);
    for (int i = 0; i < STATES; i++) {
      double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
      double[] u = m.action(random);
      double[] expected = accelerations(m, x, u);
      double[] y = x.clone();
      for (int j = 1; j < nv; j++) {
        y[j] = -y[j];
        y[nv + j] = -y[nv + j];
        expected[j] = -expected[j];
      }
      double[] v = Arrays.stream(u).map(a -> -a).toArray();
      assertClose(expected, accelerations(m, y, v), 1e-12);
    }
  }

  /** A hinge's sense is a matter of naming: turning it round turns its angle, rate and torque. */
  @Test
  void aHingesSenseIsAConvention() {
    Mechanism m = Mechanisms.swimmer(3);
    List<Link> links = m.model().links().stream().map(ForwardDynamicsTest::turnedRound).toList();
    PlanarModel model = new PlanarModel(m.model().root(), links, m.model().gravity());
    Mechanism turned =
        new Mechanism(
            m.name(), model, m.forces(), m.motors(), m.torque(), m.speed(), m.step(), m.substeps());
    SplittableRandom random = new SplittableRandom(27);
    for (int i = 0; i < STATES; i++) {
      double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
      double[] u = m.action(random);
      double[] expected = accelerations(m, x, u);
      double[] y = x.clone();
      for (int j = 2; j < 5; j++) {
        y[j] = -y[j];
        y[5 + j] = -y[5 + j];
        expected[j] = -expected[j];
      }
      double[] v = Arrays.stream(u).map(a -> -a).toArray();
      assertClose(expected, accelerations(turned, y, v), 1e-12);
    }
  }

  private static Link turnedRound(Link l) {
    return new Link(
        l.name(),
        l.parent(),
        -l.axis(),
        l.hinge(),
        l.angle(),
        l.mass(),
        l.com(),
        l.inertia(),
        l.inPlane(),
        l.joint().withRange(-l.joint().upper(), -l.joint().lower()),
        l.shapes());
  }

  /** A single free link in a void keeps its velocity of the centre and its spin. */
  @Test
  void aSingleLinkSpinsAboutItsCentre() {
    PlanarModel swimmer = Swimmer.model(1);
    Mechanism m = Mechanisms.swimmer("one link", 1);
    double[] x = {0, 0, 0, 0, 0, 2};
    double[] qdd = accelerations(m, x, new double[0]);
    // The root's slides carry armature, so that the point that stays lies between root and centre.
    double share = swimmer.mass() / (swimmer.mass() + swimmer.joint(0).armature());
    assertEquals(share * 4 * swimmer.link(0).com().x(), qdd[0], 1e-12);
    assertEquals(0, qdd[1], 1e-12);
    assertEquals(0, qdd[2], 1e-12);
  }

  private double[] accelerations(Mechanism m, double[] x, double[] u) {
    ForwardDynamics dynamics = compiled.computeIfAbsent(m, Mechanism::newForwardDynamics);
    ForwardDynamics.Data data = dynamics.newData();
    dynamics.evaluate(data, Arrays.copyOf(x, m.nv()), Arrays.copyOfRange(x, m.nv(), 2 * m.nv()), u);
    double[] qdd = new double[m.nv()];
    for (int i = 0; i < qdd.length; i++) {
      qdd[i] = data.qdd(i);
    }
    return qdd;
  }

  /** Of the weights of the links; rotors have none. */
  private static double weightTorque(PlanarModel model, double[] x) {
    double sum = 0;
    for (int i = 0; i < model.size(); i++) {
      double[] centre = Kinematics.point(model, x, i, model.link(i).com());
      double weight = model.gravity().y() * centre[0] - model.gravity().x() * centre[1];
      sum += model.link(i).mass() * weight;
    }
    return sum;
  }

  private static void rotate(double[] a, int at, double turn) {
    double c = StrictMath.cos(turn);
    double s = StrictMath.sin(turn);
    double x = c * a[at] - s * a[at + 1];
    a[at + 1] = s * a[at] + c * a[at + 1];
    a[at] = x;
  }

  private static double largest(double[] a) {
    return Arrays.stream(a).map(Math::abs).max().orElse(0);
  }

  private static void assertClose(double[] expected, double[] actual, double relative) {
    double tolerance = relative * Math.max(1, largest(expected));
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance, "entry " + i);
    }
  }
}
