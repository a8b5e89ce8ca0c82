package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RiccatiSweep;
import java.util.Arrays;
import java.util.Random;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.junit.jupiter.api.Test;

class PolicyTermTest {
  private static final int T = 4;
  private static final int NX = Problems.NX;
  private static final int M = Problems.M;

  private final Random random = new Random(41);
  private final GaussianMlp policy = Problems.policy(random, 6);
  private final Trajectory trajectory = trajectory();
  private final GaussianTrajectory q = distribution();

  private Trajectory trajectory() {
    Trajectory s = new Trajectory(T, NX, M);
    System.arraycopy(Problems.gaussian(random, s.xs.length, 1), 0, s.xs, 0, s.xs.length);
    System.arraycopy(Problems.gaussian(random, s.us.length, 3), 0, s.us, 0, s.us.length);
    return s;
  }

  /** Any gains and widths will do: unit action Hessians, random gains and dynamics. */
  private GaussianTrajectory distribution() {
    RiccatiSweep sweep = new RiccatiSweep(T, NX, M);
    Expansion e = new Expansion(T, NX, M);
    System.arraycopy(Problems.gaussian(random, sweep.K.length, 1), 0, sweep.K, 0, sweep.K.length);
    System.arraycopy(Problems.gaussian(random, e.fx.length, 0.3), 0, e.fx, 0, e.fx.length);
    System.arraycopy(Problems.gaussian(random, e.fu.length, 0.3), 0, e.fu, 0, e.fu.length);
    for (int i = 0; i < T * M; i++) {
      sweep.L[i * M + i % M] = 1;
    }
    double[] std = new double[NX];
    Arrays.fill(std, 0.5);
    return new GaussianTrajectory(
        trajectory.xs,
        trajectory.us,
        sweep,
        e,
        new GaussianTrajectory.Width(std, 1, new double[M]));
  }

  private static NormalSampler sampler() {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(12L));
  }

  private PolicyTerm averaged(int steps, int samples) {
    return PolicyTerm.averaged(policy, q, steps, samples, sampler());
  }

  @Test
  void localTermIsTheNegativeLogDensity() {
    double expected = 0;
    for (int t = 0; t < 3; t++) {
      expected -= policy.logDensity(trajectory.xs, t * NX, trajectory.us, t * M);
    }
    assertEquals(expected, PolicyTerm.local(policy, 3).value(trajectory), 1e-12 * expected);
  }

  /** Draws the same offsets and averages −log π(u + K δx | x + δx) directly. */
  @Test
  void averagedTermFollowsTheFeedbackToTheSamples() {
    NormalSampler normal = sampler();
    double expected = 0;
    double[] x = new double[NX];
    double[] u = new double[M];
    for (int t = 0; t < T; t++) {
      for (int s = 0; s < 7; s++) {
        q.sampleState(t, normal, x, 0);
        q.action(t, x, 0, u, 0);
        expected -= policy.logDensity(x, 0, u, 0) / 7;
      }
    }
    assertEquals(expected, averaged(T, 7).value(trajectory), 1e-12 * expected);
  }

  @Test
  void gradientAgreesWithDifferences() {
    PolicyTerm term = averaged(3, 5);
    Expansion e = new Expansion(T, NX, M);
    Arrays.fill(e.l, 2);
    term.addExpansion(trajectory, e);
    double value = term.value(trajectory);
    assertEquals(value, Arrays.stream(e.l).sum() - 2 * (T + 1), 1e-12 * value);
    assertGradient(term, trajectory.xs, e.lx);
    assertGradient(term, trajectory.us, e.lu);
    assertEquals(0, e.lu[3 * M]);
    assertEquals(0, e.lx[3 * NX + 1]);
  }

  private void assertGradient(PolicyTerm term, double[] variables, double[] gradient) {
    double step = 1e-5;
    double scale = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < variables.length; i++) {
      double centre = variables[i];
      variables[i] = centre + step;
      double above = term.value(trajectory);
      variables[i] = centre - step;
      double below = term.value(trajectory);
      variables[i] = centre;
      assertEquals((above - below) / (2 * step), gradient[i], 1e-7 * scale);
    }
  }

  /** Σ_s Jᵀ diag(σ⁻²) J / S with J = [−μ_x, I], from the policy's own Jacobian. */
  @Test
  void hessianIsGaussNewton() {
    int S = 5;
    Expansion e = new Expansion(T, NX, M);
    averaged(T, S).addExpansion(trajectory, e);
    NormalSampler normal = sampler();
    int n = NX + M;
    double[] x = new double[NX];
    double[] mux = new double[M * NX];
    for (int t = 0; t < T; t++) {
      double[] H = new double[n * n];
      for (int s = 0; s < S; s++) {
        q.sampleState(t, normal, x, 0);
        policy.jacobian(x, 0, mux, 0);
        for (int i = 0; i < M; i++) {
          double[] J = new double[n];
          for (int c = 0; c < NX; c++) {
            J[c] = -mux[i * NX + c];
          }
          J[NX + i] = 1;
          for (int a = 0; a < n * n; a++) {
            H[a] += J[a / n] * J[a % n] / (policy.std[i] * policy.std[i] * S);
          }
        }
      }
      assertHessian(e, t, H);
    }
  }

  private static void assertHessian(Expansion e, int t, double[] H) {
    int n = NX + M;
    double[] joint = new double[n * n];
    for (int a = 0; a < NX; a++) {
      System.arraycopy(e.lxx, (t * NX + a) * NX, joint, a * n, NX);
      for (int i = 0; i < M; i++) {
        joint[a * n + NX + i] = e.lux[(t * M + i) * NX + a];
      }
    }
    for (int i = 0; i < M; i++) {
      System.arraycopy(e.lux, (t * M + i) * NX, joint, (NX + i) * n, NX);
      System.arraycopy(e.luu, (t * M + i) * M, joint, (NX + i) * n + NX, M);
    }
    assertArrayEquals(H, joint, 1e-12);
    var eigen = DecompositionFactory_DDRM.eig(n, false, true);
    assertTrue(eigen.decompose(DMatrixRMaj.wrap(n, n, joint)));
    for (int i = 0; i < n; i++) {
      assertTrue(eigen.getEigenvalue(i).getReal() > -1e-12);
    }
  }

  @Test
  void refusesOtherShapes() {
    assertThrows(IllegalArgumentException.class, () -> averaged(T + 1, 2));
    assertThrows(IllegalArgumentException.class, () -> averaged(T, 0));
    PolicyTerm term = averaged(T, 2);
    assertThrows(IllegalArgumentException.class, () -> term.value(new Trajectory(T - 1, NX, M)));
    assertThrows(IllegalArgumentException.class, () -> term.value(new Trajectory(T, NX + 1, M)));
  }
}
