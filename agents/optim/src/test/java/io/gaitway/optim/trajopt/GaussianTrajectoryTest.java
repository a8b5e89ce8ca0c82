package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import java.util.Random;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

class GaussianTrajectoryTest {
  private static final int T = 7;
  private static final int NX = 4;
  private static final int NU = 2;
  private static final double[] STD = {0.3, 0.1, 0, 0.2};
  private static final double[] DISTURBANCE = {0.5, 0.2};

  private final Expansion e = RandomLq.problem(new Random(21), T, NX, NU);
  private final RiccatiSweep sweep = new RiccatiSweep(T, NX, NU);
  private final GaussianTrajectory q = create();

  private GaussianTrajectory create() {
    assertTrue(sweep.sweep(e, 0, RiccatiSweep.Form.CONTROL));
    Random random = new Random(22);
    double[] xs = new double[(T + 1) * NX];
    double[] us = new double[T * NU];
    RandomLq.fill(random, xs, 1);
    RandomLq.fill(random, us, 1);
    return new GaussianTrajectory(
        xs, us, sweep, e, new GaussianTrajectory.Width(STD, 0.8, DISTURBANCE));
  }

  @Test
  void actionCovarianceIsTheScaledInverse() {
    for (int t = 0; t < T; t++) {
      DMatrixRMaj Quu = block(sweep.Quu, t * NU * NU, NU, NU);
      DMatrixRMaj C = block(q.C, t * NU * NU, NU, NU);
      DMatrixRMaj L = block(q.L, t * NU * NU, NU, NU);
      DMatrixRMaj product = new DMatrixRMaj(NU, NU);
      CommonOps_DDRM.mult(Quu, C, product);
      assertArrayEquals(new double[] {0.8, 0, 0, 0.8}, product.data, 1e-12);
      CommonOps_DDRM.multTransB(L, L, product);
      assertArrayEquals(C.data, product.data, 1e-14);
    }
  }

  @Test
  void covariancesAreSymmetricToTheBit() {
    for (int t = 0; t <= T; t++) {
      DMatrixRMaj Sigma = q.Sigma(t, new DMatrixRMaj());
      assertArrayEquals(CommonOps_DDRM.transpose(Sigma, null).data, Sigma.data);
    }
    for (int t = 0; t < T; t++) {
      DMatrixRMaj C = q.C(t, new DMatrixRMaj());
      assertArrayEquals(CommonOps_DDRM.transpose(C, null).data, C.data);
    }
  }

  private static DMatrixRMaj block(double[] values, int at, int rows, int columns) {
    DMatrixRMaj block = new DMatrixRMaj(rows, columns);
    System.arraycopy(values, at, block.data, 0, rows * columns);
    return block;
  }

  /**
   * States and actions of all knots at once: (I − A) z = noise, so Cov z = (I − A)⁻¹ N (I − A)⁻ᵀ.
   */
  @Test
  void marginalsAgreeWithTheDenseJointCovariance() {
    int us = (T + 1) * NX;
    int n = us + T * NU;
    DMatrixRMaj system = CommonOps_DDRM.identity(n);
    DMatrixRMaj noise = new DMatrixRMaj(n, n);
    for (int i = 0; i < NX; i++) {
      noise.set(i, i, STD[i] * STD[i]);
    }
    for (int t = 0; t < T; t++) {
      DMatrixRMaj fx = block(e.fx, t * NX * NX, NX, NX);
      DMatrixRMaj fu = block(e.fu, t * NX * NU, NX, NU);
      DMatrixRMaj K = block(q.K, t * NU * NX, NU, NX);
      DMatrixRMaj Ft = disturbance(fu);
      CommonOps_DDRM.changeSign(fx);
      CommonOps_DDRM.changeSign(fu);
      CommonOps_DDRM.changeSign(K);
      CommonOps_DDRM.insert(fx, system, (t + 1) * NX, t * NX);
      CommonOps_DDRM.insert(fu, system, (t + 1) * NX, us + t * NU);
      CommonOps_DDRM.insert(K, system, us + t * NU, t * NX);
      CommonOps_DDRM.insert(block(q.C, t * NU * NU, NU, NU), noise, us + t * NU, us + t * NU);
      CommonOps_DDRM.insert(Ft, noise, (t + 1) * NX, (t + 1) * NX);
    }
    assertTrue(CommonOps_DDRM.invert(system));
    DMatrixRMaj half = new DMatrixRMaj(n, n);
    DMatrixRMaj joint = new DMatrixRMaj(n, n);
    CommonOps_DDRM.mult(system, noise, half);
    CommonOps_DDRM.multTransB(half, system, joint);
    double scale = CommonOps_DDRM.elementMaxAbs(joint);
    for (int t = 0; t <= T; t++) {
      for (int i = 0; i < NX; i++) {
        for (int j = 0; j < NX; j++) {
          double expected = joint.get(t * NX + i, t * NX + j);
          assertEquals(expected, q.Sigma[(t * NX + i) * NX + j], 1e-12 * scale);
        }
      }
    }
  }

  private static DMatrixRMaj disturbance(DMatrixRMaj fu) {
    DMatrixRMaj scaled = fu.copy();
    for (int i = 0; i < NX; i++) {
      for (int j = 0; j < NU; j++) {
        scaled.set(i, j, fu.get(i, j) * DISTURBANCE[j]);
      }
    }
    DMatrixRMaj Ft = new DMatrixRMaj(NX, NX);
    CommonOps_DDRM.multTransB(scaled, scaled, Ft);
    return Ft;
  }

  /** Simulates the linearised system under the disturbed controller. */
  @Test
  void marginalsAgreeWithMonteCarlo() {
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(7L));
    Controller.LinearGaussian controller = q.disturbedController();
    int samples = 40_000;
    double[] second = new double[NX * NX];
    for (int s = 0; s < samples; s++) {
      double[] dx = new double[NX];
      q.sampleOffset(0, normal, dx, 0);
      for (int t = 0; t < T; t++) {
        dx = step(t, dx, controller, normal);
      }
      accumulate(second, dx);
    }
    assertCovariance(T, second, samples);
  }

  private double[] step(
      int t, double[] dx, Controller.LinearGaussian controller, NormalSampler normal) {
    double[] z = new double[NU];
    double[] du = new double[NU];
    for (int i = 0; i < NU; i++) {
      z[i] = normal.next();
      for (int j = 0; j < NX; j++) {
        du[i] += controller.K()[(t * NU + i) * NX + j] * dx[j];
      }
      for (int j = 0; j <= i; j++) {
        du[i] += controller.L()[(t * NU + i) * NU + j] * z[j];
      }
    }
    double[] next = new double[NX];
    for (int i = 0; i < NX; i++) {
      for (int j = 0; j < NX; j++) {
        next[i] += e.fx[(t * NX + i) * NX + j] * dx[j];
      }
      for (int j = 0; j < NU; j++) {
        next[i] += e.fu[(t * NX + i) * NU + j] * du[j];
      }
    }
    return next;
  }

  private static void accumulate(double[] second, double[] dx) {
    for (int i = 0; i < NX; i++) {
      for (int j = 0; j < NX; j++) {
        second[i * NX + j] += dx[i] * dx[j];
      }
    }
  }

  /** Within five standard errors of a Gaussian's sample covariance. */
  private void assertCovariance(int t, double[] second, int samples) {
    for (int i = 0; i < NX; i++) {
      for (int j = 0; j < NX; j++) {
        double expected = q.Sigma[(t * NX + i) * NX + j];
        double sii = q.Sigma[(t * NX + i) * NX + i];
        double sjj = q.Sigma[(t * NX + j) * NX + j];
        double error = Math.sqrt((sii * sjj + expected * expected) / samples);
        assertEquals(expected, second[i * NX + j] / samples, 5 * error);
      }
    }
  }

  @Test
  void samplesFollowTheMarginal() {
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(8L));
    int samples = 40_000;
    double[] second = new double[NX * NX];
    double[] mean = new double[NX];
    double[] x = new double[NX + 1];
    for (int s = 0; s < samples; s++) {
      q.sampleState(4, normal, x, 1);
      double[] dx = new double[NX];
      for (int i = 0; i < NX; i++) {
        dx[i] = x[i + 1] - q.xs[4 * NX + i];
        mean[i] += dx[i] / samples;
      }
      accumulate(second, dx);
    }
    assertCovariance(4, second, samples);
    for (int i = 0; i < NX; i++) {
      double sii = q.Sigma[(4 * NX + i) * NX + i];
      assertEquals(0, mean[i], 5 * Math.sqrt(sii / samples));
    }
    assertEquals(0, x[0]);
  }

  @Test
  void singularMarginalsAreSampledWithinTheirRange() {
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(9L));
    double[] dx = new double[NX];
    q.sampleOffset(0, normal, dx, 0);
    assertEquals(0, dx[2]);
    assertTrue(dx[0] != 0 && dx[1] != 0 && dx[3] != 0);
    GaussianTrajectory exact =
        new GaussianTrajectory(
            q.xs, q.us, sweep, e, new GaussianTrajectory.Width(new double[NX], 1, new double[NU]));
    assertArrayEquals(new double[NX * NX], java.util.Arrays.copyOf(exact.Sigma, NX * NX));
    assertArrayEquals(exact.controller().L(), exact.disturbedController().L(), 1e-15);
  }

  @Test
  void sameSeedGivesTheSameBits() {
    double[] first = new double[NX];
    double[] second = new double[NX];
    q.sampleState(3, new NormalSampler(RandomSource.PHILOX_4X64.create(5L)), first, 0);
    q.sampleState(3, new NormalSampler(RandomSource.PHILOX_4X64.create(5L)), second, 0);
    assertArrayEquals(first, second);
  }

  @Test
  void actionFollowsTheGains() {
    double[] u = new double[NU];
    q.action(2, q.xs, 2 * NX, u, 0);
    assertArrayEquals(java.util.Arrays.copyOfRange(q.us, 2 * NU, 3 * NU), u);
    double[] x = java.util.Arrays.copyOfRange(q.xs, 2 * NX, 3 * NX);
    x[1] += 0.5;
    q.action(2, x, 0, u, 0);
    assertEquals(q.us[2 * NU + 1] + 0.5 * q.K[(2 * NU + 1) * NX + 1], u[1], 1e-15);
  }

  @Test
  void refusesNegativeDeviationsAndOtherShapes() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new GaussianTrajectory.Width(new double[] {-1}, 1, DISTURBANCE));
    assertThrows(
        IllegalArgumentException.class, () -> new GaussianTrajectory.Width(STD, 0, DISTURBANCE));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new GaussianTrajectory(
                q.xs, q.us, sweep, e, new GaussianTrajectory.Width(STD, 1, new double[1])));
  }
}
