package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.RiccatiSweep.Form;
import java.util.Random;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sweeps whose second-order terms are means over samples of the dynamics. */
class SampledFeedbackTest {

  private static Jacobians randomSamples(Random random, Expansion e, int S) {
    Jacobians samples = new Jacobians(e.T * S, e.nx, e.nu);
    RandomLq.fill(random, samples.fx, 0.9 / Math.sqrt(e.nx));
    RandomLq.fill(random, samples.fu, 1);
    return samples;
  }

  /** The recursion written down sample by sample, with the expectations as plain sums. */
  @ParameterizedTest
  @CsvSource({"1,1,1,1,1", "6,3,2,5,2", "9,10,2,7,3", "5,18,6,4,4", "4,7,3,30,5"})
  void theSecondMomentIsTheMeanOverTheSamples(int T, int nx, int nu, int S, long seed) {
    Random random = new Random(seed);
    Expansion e = RandomLq.problem(random, T, nx, nu);
    Jacobians samples = randomSamples(random, e, S);
    RiccatiSweep sweep = new RiccatiSweep(T, nx, nu, S);
    assertTrue(sweep.sweep(e, samples, 0, Form.CONTROL));
    SimpleMatrix vx = SimpleMatrix.wrap(e.lx(T));
    SimpleMatrix V = SimpleMatrix.wrap(e.lxx(T));
    for (int t = T - 1; t >= 0; t--) {
      SimpleMatrix Qxx = SimpleMatrix.wrap(e.lxx(t));
      SimpleMatrix Qux = SimpleMatrix.wrap(e.lux(t));
      SimpleMatrix Quu = SimpleMatrix.wrap(e.luu(t));
      for (int s = 0; s < S; s++) {
        SimpleMatrix fx = SimpleMatrix.wrap(samples.fx(t * S + s));
        SimpleMatrix fu = SimpleMatrix.wrap(samples.fu(t * S + s));
        Qxx = Qxx.plus(1.0 / S, fx.transpose().mult(V).mult(fx));
        Qux = Qux.plus(1.0 / S, fu.transpose().mult(V).mult(fx));
        Quu = Quu.plus(1.0 / S, fu.transpose().mult(V).mult(fu));
      }
      SimpleMatrix Qx =
          SimpleMatrix.wrap(e.fx(t)).transpose().mult(vx).plus(SimpleMatrix.wrap(e.lx(t)));
      SimpleMatrix Qu =
          SimpleMatrix.wrap(e.fu(t)).transpose().mult(vx).plus(SimpleMatrix.wrap(e.lu(t)));
      SimpleMatrix k = Quu.solve(Qu).negative();
      SimpleMatrix K = Quu.solve(Qux).negative();
      vx = Qx.plus(Qux.transpose().mult(k));
      V = Qxx.plus(Qux.transpose().mult(K));
      assertClose(Qu, sweep.Qu, t);
      assertClose(Quu, sweep.Quu, t);
      assertClose(k, sweep.k, t);
      assertClose(K, sweep.K, t);
      assertClose(vx, sweep.Vx, t);
      assertClose(V, sweep.Vxx, t);
    }
  }

  private static void assertClose(SimpleMatrix expected, double[] actual, int t) {
    double scale = Math.max(1, expected.elementMaxAbs());
    for (int i = 0; i < expected.getNumElements(); i++) {
      assertEquals(expected.get(i), actual[t * expected.getNumElements() + i], 1e-12 * scale);
    }
  }

  /**
   * x' = (a ± α) x + (b ± β) u with independent signs has the value p x² with p = q + (a² + α²) p'
   * − (a b p')² / (r + (b² + β²) p'): the optimum under multiplicative noise (De Koning 1982).
   */
  @Test
  void itIsTheOptimumUnderMultiplicativeNoise() {
    int T = 60;
    double a = 1.3;
    double b = 0.7;
    double alpha = 0.4;
    double beta = 0.5;
    double q = 0.8;
    double r = 0.3;
    Expansion e = new Expansion(T, 1, 1);
    Jacobians samples = new Jacobians(4 * T, 1, 1);
    for (int t = 0; t < T; t++) {
      e.fx[t] = a;
      e.fu[t] = b;
      e.lxx[t] = q;
      e.luu[t] = r;
      for (int s = 0; s < 4; s++) {
        samples.fx[4 * t + s] = a + (s % 2 == 0 ? alpha : -alpha);
        samples.fu[4 * t + s] = b + (s < 2 ? beta : -beta);
      }
    }
    e.lxx[T] = q;
    RiccatiSweep sweep = new RiccatiSweep(T, 1, 1, 4);
    assertTrue(sweep.sweep(e, samples, 0, Form.CONTROL));
    double p = q;
    for (int t = T - 1; t >= 0; t--) {
      double stiffness = r + (b * b + beta * beta) * p;
      assertEquals(-a * b * p / stiffness, sweep.K[t], 1e-9);
      p = q + (a * a + alpha * alpha) * p - a * b * p * a * b * p / stiffness;
      assertEquals(p, sweep.Vxx[t], 1e-9 * p);
    }
  }

  @Test
  void linearDynamicsHaveThePlainGains() {
    Expansion e = RandomLq.problem(new Random(7), 12, 5, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    Trajectory nominal = new Trajectory(12, 5, 2);
    RiccatiSweep plain = new RiccatiSweep(12, 5, 2);
    assertTrue(plain.sweep(e, 0, Form.CONTROL));
    RiccatiSweep sampled = around(simulator, nominal, e, plain, 0.5, 6);
    for (int i = 0; i < plain.K.length; i++) {
      assertEquals(plain.K[i], sampled.K[i], 1e-12 * Math.max(1, Math.abs(plain.K[i])));
    }
    assertArrayEquals(plain.k, sampled.k, 1e-12);
  }

  private static RiccatiSweep around(
      FakeSimulator simulator,
      Trajectory nominal,
      Expansion e,
      RiccatiSweep plain,
      double std,
      int samples) {
    double[] initialStd = new double[nominal.nx];
    SampledFeedback.Options options = new SampledFeedback.Options(std, samples, 0.1);
    return new SampledFeedback(simulator, nominal.T, options)
        .around(
            nominal, e, plain.K, initialStd, new NormalSampler(RandomSource.PHILOX_4X64.create(3)));
  }

  /** Where the linearisation changes with the state, so do the gains; the first order does not. */
  @Test
  void curvedDynamicsHaveOtherGainsButTheSameFirstOrder() {
    int T = 25;
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr ilqr = new Ilqr(simulator, T, Ilqr.Options.defaults());
    Ilqr.Solution solution =
        ilqr.solve(ilqr.rollout(new double[] {0, 0}, new double[T]).trajectory());
    Expansion e = solution.expansion();
    RiccatiSweep sampled = around(simulator, solution.nominal(), e, solution.sweep(), 0.9, 20);
    assertArrayEquals(new double[T], sampled.Qu, 1e-4);
    double apart = 0;
    for (int i = 0; i < sampled.K.length; i++) {
      apart = Math.max(apart, Math.abs(sampled.K[i] - solution.sweep().K[i]));
    }
    assertTrue(apart > 1e-3, "the gains are apart by " + apart);
    RiccatiSweep again = around(simulator, solution.nominal(), e, solution.sweep(), 0.9, 20);
    assertArrayEquals(sampled.K, again.K, "the same seed gives the same bits");
  }

  /** So that the sum of what is odd in the offsets is zero, whatever was drawn. */
  @Test
  void samplesAreOppositePairs() {
    Expansion e = RandomLq.problem(new Random(9), 5, 4, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    simulator.bound = 100;
    RiccatiSweep plain = new RiccatiSweep(5, 4, 2);
    assertTrue(plain.sweep(e, 0, Form.CONTROL));
    around(simulator, new Trajectory(5, 4, 2), e, plain, 0.5, 5);
    for (int t = 0; t < 5; t++) {
      for (int pair = 0; pair < 2; pair++) {
        int first = 5 * t + 2 * pair;
        assertOpposite(simulator.linearizedXs, first, 4, t > 0);
        assertOpposite(simulator.linearizedUs, first, 2, true);
      }
    }
  }

  /** Row n + 1 is row n negated; and not zero, if it should not be. */
  private static void assertOpposite(double[] rows, int n, int width, boolean moved) {
    double largest = 0;
    for (int i = 0; i < width; i++) {
      assertEquals(0, rows[n * width + i] + rows[(n + 1) * width + i], 1e-12);
      largest = Math.max(largest, Math.abs(rows[n * width + i]));
    }
    assertEquals(moved, largest > 1e-3);
  }

  @Test
  void aSampleThatDivergesCountsAsTheNominal() {
    Expansion e = RandomLq.problem(new Random(8), 4, 3, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    RiccatiSweep plain = new RiccatiSweep(4, 3, 2);
    assertTrue(plain.sweep(e, 0, Form.CONTROL));
    simulator.divergingKnots = 5;
    RiccatiSweep sampled = around(simulator, new Trajectory(4, 3, 2), e, plain, 0.5, 3);
    assertArrayEquals(plain.K, sampled.K, 1e-12);
  }

  @Test
  void optionsAndShapesAreChecked() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new SampledFeedback.Options(bad, 10, 0.1));
    }
    assertThrows(IllegalArgumentException.class, () -> new SampledFeedback.Options(1, 0, 0.1));
    assertThrows(
        IllegalArgumentException.class, () -> new SampledFeedback.Options(1, 10, Double.NaN));
    Expansion e = RandomLq.problem(new Random(1), 3, 2, 1);
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new RiccatiSweep(3, 2, 1, 4).sweep(e, new Jacobians(9, 2, 1), 0, Form.CONTROL));
    assertTrue(String.valueOf(refused.getMessage()).contains("(9, 2, 1), the sweep (12, 2, 1)"));
  }
}
