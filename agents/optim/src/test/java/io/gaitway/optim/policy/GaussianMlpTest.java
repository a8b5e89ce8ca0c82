package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.client.simulation.Controller;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GaussianMlpTest {
  private final Random random = new Random(31);
  private final GaussianMlp policy = Problems.policy(random, 6);

  /** Swimmer and walker, the state without the root's x position; 246 is the paper's figure. */
  @ParameterizedTest
  @CsvSource({"10,5,2,62", "10,10,2,122", "18,5,6,126", "18,10,6,246"})
  void countsParametersAsThePaperDoes(int nx, int h, int m, int count) {
    double[] std = new double[m];
    java.util.Arrays.fill(std, 1);
    GaussianMlp mlp =
        new GaussianMlp(
            nx,
            IntStream.range(1, nx).boxed().toList(),
            new double[h * (nx - 1)],
            new double[h],
            new double[m * h],
            new double[m],
            std);
    assertEquals(count, mlp.parameterCount());
  }

  @Test
  void meanIsTheNetwork() {
    double[] x = Problems.gaussian(random, 2 + Problems.NX, 1);
    double[] expected = policy.b2.clone();
    for (int j = 0; j < policy.h; j++) {
      double z = policy.b1[j];
      for (int c = 0; c < policy.d; c++) {
        z += policy.W1[j * policy.d + c] * x[2 + Problems.INPUTS.get(c)];
      }
      for (int i = 0; i < policy.m; i++) {
        expected[i] += policy.W2[i * policy.h + j] * StrictMath.log1p(StrictMath.exp(z));
      }
    }
    double[] mu = new double[3];
    policy.mean(x, 2, mu, 1);
    assertEquals(0, mu[0]);
    assertEquals(expected[0], mu[1], 1e-14);
    assertEquals(expected[1], mu[2], 1e-14);
  }

  /** The first entries of a state can be parameters, and then fixed, with the same bits. */
  @Test
  void firstInputsBecomeParametersAndConstants() {
    GaussianMlp whole =
        new GaussianMlp(
            5,
            List.of(0, 1, 4, 2),
            Problems.gaussian(random, 3 * 4, 1),
            Problems.gaussian(random, 3, 1),
            Problems.gaussian(random, 2 * 3, 1),
            Problems.gaussian(random, 2, 1),
            new double[] {1, 2});
    double[] x = Problems.gaussian(random, 5, 1);
    double[] expected = new double[2];
    whole.mean(x, 0, expected, 0);
    double[] mu = new double[2];
    GaussianMlp given = whole.given(x[0], x[1]);
    given.mean(x, 2, mu, 0);
    assertArrayEquals(expected, mu);
    assertEquals(List.of(2, 0), given.inputList());
    Policy named = whole.withParameters(List.of("speed", "slope"));
    assertEquals(3, named.nx());
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> named.mean(x, 2, new double[2], 0));
    assertEquals(
        "the policy reads the parameters speed, slope; give it their values with at(...) first",
        e.getMessage());
    named.at(Map.of("speed", x[0], "slope", x[1], "other", 7.0)).mean(x, 2, mu, 0);
    assertArrayEquals(expected, mu);
    assertThrows(IllegalArgumentException.class, () -> named.at(Map.of("speed", 1.0)));
    assertThrows(IllegalArgumentException.class, () -> given.given(1));
  }

  @Test
  void jacobianAgreesWithDifferences() {
    double[] x = Problems.gaussian(random, Problems.NX, 1);
    double[] mux = new double[Problems.M * Problems.NX];
    java.util.Arrays.fill(mux, 9);
    policy.jacobian(x, 0, mux, 0);
    double step = 1e-6;
    for (int c = 0; c < Problems.NX; c++) {
      double[] above = new double[Problems.M];
      double[] below = new double[Problems.M];
      double centre = x[c];
      x[c] = centre + step;
      policy.mean(x, 0, above, 0);
      x[c] = centre - step;
      policy.mean(x, 0, below, 0);
      x[c] = centre;
      for (int i = 0; i < Problems.M; i++) {
        assertEquals((above[i] - below[i]) / (2 * step), mux[i * Problems.NX + c], 1e-8);
      }
    }
    assertEquals(0, mux[0]);
    assertEquals(0, mux[3]);
  }

  @Test
  void densityIntegratesToOne() {
    double[] x = Problems.gaussian(random, Problems.NX, 1);
    double[] mu = new double[2];
    policy.mean(x, 0, mu, 0);
    double cell = 0.1;
    double sum = 0;
    for (int a = -100; a <= 100; a++) {
      for (int b = -200; b <= 200; b++) {
        double[] u = {mu[0] + cell * a, mu[1] + cell * b};
        sum += StrictMath.exp(policy.logDensity(x, 0, u, 0)) * cell * cell;
      }
    }
    assertEquals(1, sum, 1e-10);
    assertEquals(-policy.logNormalizer(), policy.logDensity(x, 0, mu, 0), 1e-14);
  }

  @Test
  void controllerCarriesTheWeights() {
    Controller.Mlp controller = policy.controller();
    assertEquals(Problems.INPUTS, controller.inputs());
    assertEquals(2, controller.layers().size());
    assertArrayEquals(policy.W1, controller.layers().get(0).W());
    assertArrayEquals(policy.b2, controller.layers().get(1).b());
    assertEquals(
        List.of(Controller.Activation.SOFTPLUS, Controller.Activation.LINEAR),
        controller.layers().stream().map(Controller.Layer::activation).toList());
    assertArrayEquals(
        new double[] {0.1, 0.2}, policy.withStd(new double[] {0.1, 0.2}).controller().std());
  }

  @Test
  void refusesInconsistentArrays() {
    double[] one = {1};
    double[] bad = {Double.NaN};
    List<Integer> inputs = List.of(0);
    assertThrows(
        IllegalArgumentException.class,
        () -> new GaussianMlp(1, List.of(1), one, one, one, one, one));
    assertThrows(
        IllegalArgumentException.class,
        () -> new GaussianMlp(2, List.of(0, 0), new double[2], one, one, one, one));
    assertThrows(
        IllegalArgumentException.class,
        () -> new GaussianMlp(1, inputs, new double[2], one, one, one, one));
    assertThrows(
        IllegalArgumentException.class, () -> new GaussianMlp(1, inputs, bad, one, one, one, one));
    assertThrows(
        IllegalArgumentException.class,
        () -> new GaussianMlp(1, inputs, one, one, one, one, new double[1]));
  }
}
