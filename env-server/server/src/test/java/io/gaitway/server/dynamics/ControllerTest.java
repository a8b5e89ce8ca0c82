package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.random.CounterGaussian;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Controllers that the server runs follow their formulas. */
class ControllerTest {
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.inProcess(ServerOptions.defaults().withThreads(2));
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  @Test
  void linearGaussianControllersFollowTheirFormula() {
    double[] x0 = {0.3, -0.2};
    double alpha = 0.5;
    long seed = 77;
    RolloutPart part =
        rollout(
                RolloutRequest.newBuilder()
                    .setHorizon(1)
                    .setInitialStates(Rig.tensor(x0, 1, 2))
                    .addControllers(linearGaussian(1))
                    .addSeeds(seed)
                    .addStepSizes(alpha))
            .get(0);
    CounterGaussian noise = new CounterGaussian();
    noise.start(seed, 0, 0);
    double e0 = noise.next();
    double e1 = noise.next();
    double dx0 = 0.3 - 0.1;
    double dx1 = -0.2 - 0.2;
    double u0 = 0.01 + alpha * 0.2 + 0.5 * dx0 - 0.25 * dx1 + 0.1 * e0;
    double u1 = 0.02 + alpha * 0.1 + 0.3 * dx0 + 0.1 * dx1 + 0.05 * e0 + 0.2 * e1;
    assertArrayEquals(new double[] {u0, u1}, Rig.doubles(part.getActions()), 1e-15);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"ACTIVATION_UNSPECIFIED", "UNRECOGNIZED"},
      mode = EnumSource.Mode.EXCLUDE)
  void networksFollowTheirFormula(Activation activation) {
    MlpController mlp =
        MlpController.newBuilder()
            .addAllInputs(List.of(1, 0))
            .addLayers(layer(activation, new double[] {1, -2, 0.5, 3, -1, 1}, 3, 2, 0.1, -0.2, 0.3))
            .addLayers(
                layer(
                    Activation.ACTIVATION_TANH,
                    new double[] {1, 0.5, -0.5, -1, 0.25, 2, 0.5, 1, -1},
                    3,
                    3,
                    0,
                    0.1,
                    0.2))
            .addLayers(
                layer(activation, new double[] {0.1, 0.2, 0.3, -0.1, 0.2, -0.3}, 2, 3, 0.01, 0.02))
            .setNoiseStd(Rig.tensor(new double[] {0.1, 0.2}, 2))
            .build();
    double[] mean = output(activation, -0.2, 0.3);
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(1)
            .setInitialStates(Rig.tensor(new double[] {0.3, -0.2}, 1, 2))
            .addControllers(Controller.newBuilder().setMlp(mlp));
    assertArrayEquals(mean, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
    CounterGaussian noise = new CounterGaussian();
    noise.start(5, 0, 0);
    mean[0] += 0.1 * noise.next();
    mean[1] += 0.2 * noise.next();
    request.addSeeds(5);
    assertArrayEquals(mean, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
  }

  /** What {@link #networksFollowTheirFormula}'s network makes of two inputs. */
  private static double[] output(Activation activation, double z0, double z1) {
    double[] hidden =
        activate(activation, 0.1 + z0 - 2 * z1, -0.2 + 0.5 * z0 + 3 * z1, 0.3 - z0 + z1);
    double[] second =
        activate(
            Activation.ACTIVATION_TANH,
            hidden[0] + 0.5 * hidden[1] - 0.5 * hidden[2],
            0.1 - hidden[0] + 0.25 * hidden[1] + 2 * hidden[2],
            0.2 + 0.5 * hidden[0] + hidden[1] - hidden[2]);
    return activate(
        activation,
        0.01 + 0.1 * second[0] + 0.2 * second[1] + 0.3 * second[2],
        0.02 - 0.1 * second[0] + 0.2 * second[1] - 0.3 * second[2]);
  }

  @Test
  void networksScaleTheirInputsAndSquashTheirOutputs() {
    MlpController.Builder mlp =
        MlpController.newBuilder()
            .addAllInputs(List.of(1, 0))
            .setScaling(
                InputScaling.newBuilder()
                    .setOffset(Rig.tensor(new double[] {0.5, -0.25}, 2))
                    .setScale(Rig.tensor(new double[] {0.125, 0.5}, 2))
                    .setLimit(2))
            .addLayers(
                layer(Activation.ACTIVATION_LINEAR, new double[] {1, 0, 0, 1}, 2, 2, 0.5, -0.25))
            .setSquashing(
                OutputSquashing.newBuilder()
                    .setCentre(Rig.tensor(new double[] {0.25, -0.125}, 2))
                    .setHalfRange(Rig.tensor(new double[] {0.5, 0.0625}, 2)))
            .setNoiseStd(Rig.tensor(new double[] {0.1, 0.2}, 2));
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(1)
            .setInitialStates(Rig.tensor(new double[] {0.3, -0.2}, 1, 2))
            .addControllers(Controller.newBuilder().setMlp(mlp));
    // (−0.2 − 0.5) / 0.125 = −5.6 is moved to −2; (0.3 + 0.25) / 0.5 = 1.1 stays.
    double[] mean = {
      0.25 + 0.5 * Math.tanh(-2 + 0.5), -0.125 + 0.0625 * Math.tanh(0.55 / 0.5 - 0.25)
    };
    assertArrayEquals(mean, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
    CounterGaussian noise = new CounterGaussian();
    noise.start(5, 0, 0);
    mean[0] += 0.1 * noise.next();
    mean[1] += 0.2 * noise.next();
    assertArrayEquals(
        mean, Rig.doubles(rollout(request.clone().addSeeds(5)).get(0).getActions()), 1e-14);
    mlp.getScalingBuilder().clearLimit();
    request.setControllers(0, Controller.newBuilder().setMlp(mlp));
    double[] free = {
      0.25 + 0.5 * Math.tanh(-0.7 / 0.125 + 0.5), -0.125 + 0.0625 * Math.tanh(0.55 / 0.5 - 0.25)
    };
    assertArrayEquals(free, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
  }

  @Test
  void networksReadParametersInForceBeforeTheState() {
    MlpController.Builder mlp =
        MlpController.newBuilder()
            .addParameters("stiffness")
            .addAllInputs(List.of(1, 0))
            .setScaling(
                InputScaling.newBuilder()
                    .setOffset(Rig.tensor(new double[] {1, 0.5, -0.25}, 3))
                    .setScale(Rig.tensor(new double[] {3, 0.125, 0.5}, 3))
                    .setLimit(2))
            .addLayers(
                layer(
                    Activation.ACTIVATION_TANH,
                    new double[] {0.7, 1, 0, -0.3, 0, 1},
                    2,
                    3,
                    0.5,
                    -0.25));
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(1)
            .setInitialStates(Rig.tensor(new double[] {0.3, -0.2}, 1, 2))
            .setDrawnActions(true)
            .addControllers(Controller.newBuilder().setMlp(mlp));
    for (double stiffness : new double[] {1, 2.5, 10}) {
      // (10 − 1) / 3 = 3 is moved to 2.
      double z = Math.min(2, (stiffness - 1) / 3);
      double[] expected = {
        Math.tanh(0.5 + 0.7 * z - 2), Math.tanh(-0.25 - 0.3 * z + (0.3 + 0.25) / 0.5)
      };
      request.setEnvironment(Rig.CART.toBuilder().putParameters("stiffness", stiffness));
      assertArrayEquals(expected, actions(request), 1e-14, "stiffness " + stiffness);
      // The same bits as a network whose biases hold what the parameter adds.
      MlpController.Builder given = mlp.clone().clearParameters();
      given
          .getScalingBuilder()
          .setOffset(Rig.tensor(new double[] {0.5, -0.25}, 2))
          .setScale(Rig.tensor(new double[] {0.125, 0.5}, 2));
      given.setLayers(
          0,
          layer(
              Activation.ACTIVATION_TANH,
              new double[] {1, 0, 0, 1},
              2,
              2,
              0.5 + 0.7 * z,
              -0.25 + -0.3 * z));
      RolloutRequest.Builder without =
          request.clone().setControllers(0, Controller.newBuilder().setMlp(given));
      assertArrayEquals(actions(without), actions(request));
    }
    assertTrue(
        rig.catalog
            .getServerInfo(GetServerInfoRequest.getDefaultInstance())
            .getCapabilitiesList()
            .contains("rollout.parameters"));
  }

  private double[] actions(RolloutRequest.Builder request) {
    List<RolloutPart> parts = new ArrayList<>();
    rig.dynamics
        .rollout(request.build())
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    return Rig.doubles(parts.get(0).getActions());
  }

  private List<RolloutPart> rollout(RolloutRequest.Builder request) {
    return rollout(rig, request);
  }

  private static List<RolloutPart> rollout(Rig on, RolloutRequest.Builder request) {
    List<RolloutPart> parts = new ArrayList<>();
    on.dynamics
        .rollout(request.setEnvironment(Rig.CART).build())
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    return parts;
  }

  private static Controller linearGaussian(int T) {
    return Controller.newBuilder()
        .setLinearGaussian(
            LinearGaussianController.newBuilder()
                .setReferenceStates(repeat(T, new double[] {0.1, 0.2}, 2))
                .setReferenceActions(repeat(T, new double[] {0.01, 0.02}, 2))
                .setFeedforward(repeat(T, new double[] {0.2, 0.1}, 2))
                .setFeedback(repeat(T, new double[] {0.5, -0.25, 0.3, 0.1}, 2, 2))
                .setNoiseCholesky(repeat(T, new double[] {0.1, 99, 0.05, 0.2}, 2, 2)))
        .build();
  }

  private static io.gaitway.proto.v1.Tensor repeat(int T, double[] row, long... shape) {
    double[] values = new double[T * row.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = row[i % row.length];
    }
    long[] full = new long[shape.length + 1];
    full[0] = T;
    System.arraycopy(shape, 0, full, 1, shape.length);
    return Rig.tensor(values, full);
  }

  private static MlpLayer layer(
      Activation activation, double[] weights, int rows, int columns, double... biases) {
    return MlpLayer.newBuilder()
        .setActivation(activation)
        .setWeights(Rig.tensor(weights, rows, columns))
        .setBiases(Rig.tensor(biases, rows))
        .build();
  }

  private static double[] activate(Activation activation, double... z) {
    return Arrays.stream(z)
        .map(
            v ->
                switch (activation) {
                  case ACTIVATION_SOFTPLUS -> Math.log(1 + Math.exp(v));
                  case ACTIVATION_TANH -> Math.tanh(v);
                  case ACTIVATION_RELU -> Math.max(0, v);
                  case ACTIVATION_ELU -> v > 0 ? v : Math.exp(v) - 1;
                  case ACTIVATION_SIGMOID -> 1 / (1 + Math.exp(-v));
                  case ACTIVATION_SILU -> v / (1 + Math.exp(-v));
                  default -> v;
                })
        .toArray();
  }
}
