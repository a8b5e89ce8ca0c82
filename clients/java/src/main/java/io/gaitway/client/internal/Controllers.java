package io.gaitway.client.internal;

import io.gaitway.client.simulation.Controller;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.OutputSquashing;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Puts controllers on the wire, after a check that their arrays are as long as they must be. */
public final class Controllers {
  private Controllers() {}

  /**
   * Encodes one controller.
   *
   * @param name such as {@code controllers[1]}, for messages
   * @param T control steps that it has to serve; what an array holds beyond is not sent
   * @throws IllegalArgumentException if an array is too short or a layer does not fit the next
   */
  public static io.gaitway.proto.v1.Controller encode(
      Controller controller, String name, int T, int nx, int nu) {
    io.gaitway.proto.v1.Controller.Builder builder = io.gaitway.proto.v1.Controller.newBuilder();
    if (controller instanceof Controller.LinearGaussian c) {
      builder.setLinearGaussian(linearGaussian(c, name, T, nx, nu));
    } else if (controller instanceof Controller.Mlp c) {
      builder.setMlp(mlp(c, name, nu));
    } else if (controller instanceof Controller.OpenLoop c) {
      atLeast(c.us(), name + ".us", "(T, nu)", T, nu);
      builder.setOpenLoop(OpenLoopController.newBuilder().setActions(Tensors.of(c.us(), T, nu)));
    }
    return builder.build();
  }

  private static LinearGaussianController linearGaussian(
      Controller.LinearGaussian c, String name, int T, int nx, int nu) {
    if (c.T() < T) {
      throw new IllegalArgumentException(
          "%s.T must be at least the horizon, %d, but is %d".formatted(name, T, c.T()));
    }
    atLeast(c.xs(), name + ".xs", "(T, nx)", T, nx);
    atLeast(c.us(), name + ".us", "(T, nu)", T, nu);
    atLeast(c.k(), name + ".k", "(T, nu)", T, nu);
    atLeast(c.K(), name + ".K", "(T, nu, nx)", T, nu, nx);
    LinearGaussianController.Builder builder =
        LinearGaussianController.newBuilder()
            .setReferenceStates(Tensors.of(c.xs(), T, nx))
            .setReferenceActions(Tensors.of(c.us(), T, nu))
            .setFeedforward(Tensors.of(c.k(), T, nu))
            .setFeedback(Tensors.of(c.K(), T, nu, nx));
    if (c.L().length > 0) {
      atLeast(c.L(), name + ".L", "(T, nu, nu)", T, nu, nu);
      builder.setNoiseCholesky(Tensors.of(c.L(), T, nu, nu));
    }
    return builder.build();
  }

  public static MlpController mlp(Controller.Mlp c, String name, int nu) {
    MlpController.Builder builder =
        MlpController.newBuilder().addAllParameters(c.parameters()).addAllInputs(c.inputs());
    List<Controller.Layer> layers = c.layers();
    int inputs = c.parameters().size() + c.inputs().size();
    Controller.Scaling scaling = c.scaling();
    if (scaling != null) {
      builder.setScaling(scaling(scaling, name + ".scaling", inputs));
    }
    for (int i = 0; i < layers.size(); i++) {
      Controller.Layer layer = layers.get(i);
      int outputs = layer.b().length;
      long weights = (long) outputs * inputs;
      if (layer.W().length != weights) {
        throw new IllegalArgumentException(
            "%s.layers[%d].W must have shape (%d, %d), in all %d entries, but has %d"
                .formatted(name, i, outputs, inputs, weights, layer.W().length));
      }
      builder.addLayers(
          MlpLayer.newBuilder()
              .setWeights(Tensors.of(layer.W(), outputs, inputs))
              .setBiases(Tensors.of(layer.b(), outputs))
              .setActivation(activation(layer.activation())));
      inputs = outputs;
    }
    Controller.Squashing squashing = c.squashing();
    if (squashing != null) {
      atLeast(squashing.centre(), name + ".squashing.centre", "(nu)", nu);
      atLeast(squashing.halfRange(), name + ".squashing.halfRange", "(nu)", nu);
      builder.setSquashing(
          OutputSquashing.newBuilder()
              .setCentre(Tensors.of(squashing.centre(), nu))
              .setHalfRange(Tensors.of(squashing.halfRange(), nu)));
    }
    if (c.std().length > 0) {
      atLeast(c.std(), name + ".std", "(nu)", nu);
      builder.setNoiseStd(Tensors.of(c.std(), nu));
    }
    return builder.build();
  }

  /** Encodes an activation. */
  public static Activation activation(Controller.Activation activation) {
    return Activation.valueOf("ACTIVATION_" + activation.name());
  }

  /** Decodes an activation; empty for none, and for one that this program does not know. */
  public static Optional<Controller.Activation> activation(Activation activation) {
    return Arrays.stream(Controller.Activation.values())
        .filter(known -> activation(known) == activation)
        .findAny();
  }

  private static InputScaling scaling(Controller.Scaling scaling, String name, int inputs) {
    atLeast(scaling.offset(), name + ".offset", "(inputs)", inputs);
    atLeast(scaling.scale(), name + ".scale", "(inputs)", inputs);
    InputScaling.Builder builder =
        InputScaling.newBuilder()
            .setOffset(Tensors.of(scaling.offset(), inputs))
            .setScale(Tensors.of(scaling.scale(), inputs));
    if (scaling.limit() != Double.POSITIVE_INFINITY) {
      builder.setLimit(scaling.limit());
    }
    return builder.build();
  }

  private static void atLeast(double[] values, String name, String shape, long... sizes) {
    double length = 1; // Exact as far as arrays go.
    for (long size : sizes) {
      length *= size;
    }
    if (values.length < length) {
      throw new IllegalArgumentException(
          "%s must have shape %s, in all %.0f entries, but has %d"
              .formatted(name, shape, length, values.length));
    }
  }
}
