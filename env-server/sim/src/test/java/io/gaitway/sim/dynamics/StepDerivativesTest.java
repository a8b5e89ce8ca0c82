package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Allocation;
import io.gaitway.sim.Extent;
import io.gaitway.sim.Richardson;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Exact derivatives of accelerations and control steps against extrapolated differences. */
class StepDerivativesTest {
  private static final double SMOOTH = 1e-8;
  private static final double LIMITS_ACTIVE = 1e-6;
  private static final int STATES = Extent.of(40);

  /** Error of second derivatives, what differences of first ones may be off by, and how often. */
  private static final double CURVED = 1e-7;

  private static final double CURVED_UNDECIDED = 1e-7;
  private static final double CURVED_SHARE = 0.005;
  private static final int CURVED_STATES = Extent.of(10);

  static Stream<Mechanism> mechanisms() {
    return Mechanisms.all();
  }

  @ParameterizedTest
  @MethodSource("mechanisms")
  void ofAccelerations(Mechanism m, TestReporter reporter) {
    ForwardDynamics dynamics = m.newForwardDynamics();
    ForwardDynamics.Data data = dynamics.newData();
    int nv = m.nv();
    for (Mechanism.Region region : Mechanism.Region.values()) {
      SplittableRandom random = new SplittableRandom(11);
      Comparison worst = new Comparison();
      for (int i = 0; i < STATES; i++) {
        double[] x = m.state(random, region);
        double[] u = m.action(random);
        worst.compare(
            z -> accelerations(m, dynamics, data, z),
            concatenate(x, u),
            () -> {
              dynamics.differentiate(
                  data, Arrays.copyOf(x, nv), Arrays.copyOfRange(x, nv, 2 * nv), u);
              double[][] columns = new double[2 * nv + m.nu()][nv];
              for (int row = 0; row < nv; row++) {
                for (int j = 0; j < nv; j++) {
                  columns[j][row] = data.qddDq(row, j);
                  columns[nv + j][row] = data.qddDqd(row, j);
                }
                for (int j = 0; j < m.nu(); j++) {
                  columns[2 * nv + j][row] = data.qddDtau(row, j);
                }
              }
              return columns;
            },
            2 * nv);
      }
      worst.check(reporter, m + ", accelerations, " + region, tolerance(region));
    }
  }

  @ParameterizedTest
  @MethodSource("mechanisms")
  void ofControlSteps(Mechanism m, TestReporter reporter) {
    ControlStep.Data data = m.newControlStep().newData();
    int nx = 2 * m.nv();
    for (Mechanism.Region region : Mechanism.Region.values()) {
      SplittableRandom random = new SplittableRandom(12);
      Comparison worst = new Comparison();
      for (int i = 0; i < STATES; i++) {
        double[] x = m.state(random, region);
        double[] u = m.action(random);
        worst.compare(
            z -> {
              double[] next = new double[nx];
              assertTrue(data.advance(z, 0, z, nx, next, 0), () -> "at " + Arrays.toString(z));
              return next;
            },
            concatenate(x, u),
            () -> {
              double[] fx = new double[nx * nx];
              double[] fu = new double[nx * m.nu()];
              assertTrue(data.differentiate(x, 0, u, 0, new double[nx], fx, fu));
              double[][] columns = new double[nx + m.nu()][nx];
              for (int row = 0; row < nx; row++) {
                for (int j = 0; j < nx; j++) {
                  columns[j][row] = fx[row * nx + j];
                }
                for (int j = 0; j < m.nu(); j++) {
                  columns[nx + j][row] = fu[row * m.nu() + j];
                }
              }
              return columns;
            },
            nx);
      }
      worst.check(reporter, m + ", control step, " + region, tolerance(region));
    }
  }

  /** Linear solves and Newton's method, with and without ground; several integrator steps each. */
  static Stream<Mechanism> curved() {
    return Stream.concat(
        Stream.of(
            Mechanisms.swimmer("with implicit drag", 2, new Mechanisms.QuadraticDrag(300)),
            Mechanisms.walker(2)),
        Mechanisms.all());
  }

  /** Second derivatives of λᵀ f against differences of λᵀ f_x and λᵀ f_u. */
  @ParameterizedTest
  @MethodSource("curved")
  void ofDerivativesOfControlSteps(Mechanism m, TestReporter reporter) {
    for (Mechanism.Region region : Mechanism.Region.values()) {
      ofDerivativesOfControlSteps(m, region, reporter);
    }
  }

  private static void ofDerivativesOfControlSteps(
      Mechanism m, Mechanism.Region region, TestReporter reporter) {
    ControlStep.Data data = m.newControlStep().newData();
    int nx = 2 * m.nv();
    int nz = nx + m.nu();
    double[] fx = new double[nx * nx];
    double[] fu = new double[nx * m.nu()];
    SplittableRandom random = new SplittableRandom(15);
    // Laws are twice differentiable but for the widths of their corners, and drag but for kinks.
    Comparison worst = new Comparison(1e-3, CURVED_UNDECIDED, CURVED_SHARE);
    for (int i = 0; i < CURVED_STATES; i++) {
      double[] x = m.state(random, region);
      double[] u = m.action(random);
      double[] lambda = random.doubles(nx, -1, 1).toArray();
      worst.compare(
          z -> {
            assertTrue(data.differentiate(z, 0, z, nx, new double[nx], fx, fu));
            double[] slope = new double[nz];
            for (int row = 0; row < nx; row++) {
              for (int j = 0; j < nz; j++) {
                slope[j] += lambda[row] * (j < nx ? fx[row * nx + j] : fu[row * m.nu() + j - nx]);
              }
            }
            return slope;
          },
          concatenate(x, u),
          () -> {
            double[] flat = new double[nz * nz];
            assertTrue(data.curvature(x, 0, u, 0, lambda, 0, flat));
            double[][] columns = new double[nz][];
            for (int j = 0; j < nz; j++) {
              columns[j] = Arrays.copyOfRange(flat, j * nz, (j + 1) * nz);
            }
            return columns;
          },
          nx);
    }
    worst.check(reporter, m + ", second derivatives, " + region, CURVED);
  }

  /** A linearisation lies on the trajectory that the steps make, to the bit. */
  @ParameterizedTest
  @MethodSource("mechanisms")
  void differentiatingAdvancesToTheSameBits(Mechanism m) {
    ControlStep.Data data = m.newControlStep().newData();
    int nx = 2 * m.nv();
    SplittableRandom random = new SplittableRandom(13);
    double[] one = new double[nx];
    double[] other = new double[nx];
    for (int i = 0; i < STATES; i++) {
      double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
      double[] u = m.action(random);
      double[] keepX = x.clone();
      double[] keepU = u.clone();
      assertTrue(data.advance(x, 0, u, 0, one, 0));
      assertTrue(
          data.differentiate(x, 0, u, 0, other, new double[nx * nx], new double[nx * m.nu()]));
      for (int j = 0; j < nx; j++) {
        assertEquals(one[j], other[j], "entry " + j);
      }
      assertEquals(Arrays.toString(keepX), Arrays.toString(x), "x is not modified");
      assertEquals(Arrays.toString(keepU), Arrays.toString(u), "u is not modified");
    }
  }

  static Stream<Mechanism> someMechanisms() {
    return Extent.of(mechanisms().toList()).stream();
  }

  @ParameterizedTest
  @MethodSource("someMechanisms")
  void nothingIsAllocated(Mechanism m) {
    SplittableRandom random = new SplittableRandom(14);
    int nx = 2 * m.nv();
    double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
    double[] u = m.action(random);
    double[] next = new double[nx];
    double[] fx = new double[nx * nx];
    double[] fu = new double[nx * m.nu()];
    ControlStep.Data data = m.newControlStep().newData();
    Allocation.assertNone(() -> data.advance(x, 0, u, 0, next, 0));
    Allocation.assertNone(() -> data.differentiate(x, 0, u, 0, next, fx, fu));
    ForwardDynamics dynamics = m.newForwardDynamics();
    ForwardDynamics.Data forward = dynamics.newData();
    double[] q = Arrays.copyOf(x, m.nv());
    double[] qd = Arrays.copyOfRange(x, m.nv(), nx);
    Allocation.assertNone(() -> dynamics.evaluate(forward, q, qd, u));
    Allocation.assertNone(() -> dynamics.differentiate(forward, q, qd, u));
  }

  private static double tolerance(Mechanism.Region region) {
    return region == Mechanism.Region.FREE ? SMOOTH : LIMITS_ACTIVE;
  }

  private static double[] accelerations(
      Mechanism m, ForwardDynamics dynamics, ForwardDynamics.Data data, double[] z) {
    int nv = m.nv();
    dynamics.evaluate(
        data,
        Arrays.copyOf(z, nv),
        Arrays.copyOfRange(z, nv, 2 * nv),
        Arrays.copyOfRange(z, 2 * nv, z.length));
    double[] qdd = new double[nv];
    for (int i = 0; i < nv; i++) {
      qdd[i] = data.qdd(i);
    }
    return qdd;
  }

  private static double[] concatenate(double[] a, double[] b) {
    double[] result = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, result, a.length, b.length);
    return result;
  }

  private interface Columns {
    double[][] compute();
  }

  private interface Function {
    double[] of(double[] z);
  }

  /** The worst disagreement, relative to the largest entry of the array at hand (fx or fu). */
  private static final class Comparison {
    private final double longest;
    private final double doubt;
    private final double mostUndecided;
    private double worst;
    private String where = "";
    private int entries;
    private int undecided;

    Comparison() {
      this(0.01, 1e-9, 0.005);
    }

    /**
     * Nothing compared yet.
     *
     * @param longest shift of a state
     * @param doubt error of a difference beyond which it is not compared, relative as all errors
     * @param mostUndecided share of the entries that may not be compared
     */
    Comparison(double longest, double doubt, double mostUndecided) {
      this.longest = longest;
      this.doubt = doubt;
      this.mostUndecided = mostUndecided;
    }

    void compare(Function f, double[] z, Columns derivatives, int split) {
      double[][] analytic = derivatives.compute();
      for (int j = 0; j < z.length; j++) {
        int at = j;
        Richardson.Estimate numeric =
            Richardson.derivative(
                shift -> {
                  double[] shifted = z.clone();
                  shifted[at] += shift;
                  return f.of(shifted);
                },
                j < split ? longest : 100 * longest);
        double scale = j < split ? largest(analytic, 0, split) : largest(analytic, split, z.length);
        for (int i = 0; i < analytic[j].length; i++) {
          entries++;
          // The maps have kinks where a link's speed through the fluid changes sign; a difference
          // that straddles one knows nothing, and its own error estimate says so.
          if (numeric.errors()[i] > doubt * scale) {
            undecided++;
            continue;
          }
          double error = Math.abs(analytic[j][i] - numeric.values()[i]) / scale;
          if (!(error <= worst)) {
            worst = error;
            where =
                "entry (%d, %d): exact %s, difference %s, at %s"
                    .formatted(i, j, analytic[j][i], numeric.values()[i], Arrays.toString(z));
          }
        }
      }
    }

    private static double largest(double[][] columns, int from, int to) {
      double largest = 0;
      for (int j = from; j < to; j++) {
        for (double entry : columns[j]) {
          largest = Math.max(largest, Math.abs(entry));
        }
      }
      return largest;
    }

    void check(TestReporter reporter, String what, double tolerance) {
      reporter.publishEntry(
          what,
          "worst relative error %.2e of %d entries, %d undecided"
              .formatted(worst, entries, undecided));
      assertTrue(undecided <= mostUndecided * entries, what + ": undecided " + undecided);
      assertTrue(worst <= tolerance, what + ": relative error " + worst + ", " + where);
    }
  }
}
