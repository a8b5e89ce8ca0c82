package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.random.CounterGaussian;
import java.util.ArrayList;
import java.util.List;

/** The controllers that a request can send. Formulas and orders of summation are the contract's. */
final class ControlLaws {
  /** Most numbers in one layer of a network and in one action: keeps scratch memory small. */
  private static final int MAX_WIDTH = 4096;

  private ControlLaws() {}

  /**
   * Reads a controller.
   *
   * @param field path of the controller in the request
   * @param T steps that it must serve
   */
  static ControlLaw read(String field, Controller controller, Model model, int T) {
    return switch (controller.getKindCase()) {
      case LINEAR_GAUSSIAN ->
          linearGaussian(field + ".linear_gaussian", controller.getLinearGaussian(), model, T);
      case MLP -> mlp(field + ".mlp", controller.getMlp(), model);
      case OPEN_LOOP ->
          new OpenLoop(
              model.nu,
              Codec.doublesAtLeast(
                  field + ".open_loop.actions",
                  controller.getOpenLoop().getActions(),
                  T,
                  model.nu));
      case KIND_NOT_SET -> throw Errors.missing(field + ".kind");
    };
  }

  private static ControlLaw linearGaussian(
      String field, LinearGaussianController in, Model model, int T) {
    int nx = model.nx;
    int nu = model.nu;
    return new LinearGaussian(
        nx,
        nu,
        Codec.doublesAtLeast(field + ".reference_states", in.getReferenceStates(), T, nx),
        Codec.doublesAtLeast(field + ".reference_actions", in.getReferenceActions(), T, nu),
        Codec.doublesAtLeast(field + ".feedforward", in.getFeedforward(), T, nu),
        Codec.doublesAtLeast(field + ".feedback", in.getFeedback(), T, nu, nx),
        in.hasNoiseCholesky()
            ? Codec.doublesAtLeast(field + ".noise_cholesky", in.getNoiseCholesky(), T, nu, nu)
            : new double[0]);
  }

  private static ControlLaw mlp(String field, MlpController in, Model model) {
    int[] inputs = new int[in.getInputsCount()];
    Errors.requireRange(field + ".inputs (their number)", inputs.length, 1, MAX_WIDTH);
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = in.getInputs(i);
      Errors.requireRange("%s.inputs[%d]".formatted(field, i), inputs[i], 0, model.nx - 1L);
    }
    if (in.getLayersCount() == 0) {
      throw Errors.missing(field + ".layers");
    }
    Activation activation =
        Errors.requireKnown(field + ".activation", in.getActivation(), in.getActivationValue());
    if (in.getLayersCount() > 1 && activation == Activation.ACTIVATION_UNSPECIFIED) {
      throw Errors.missing(field + ".activation");
    }
    List<Layer> layers = new ArrayList<>();
    int width = inputs.length;
    int widest = width;
    for (int i = 0; i < in.getLayersCount(); i++) {
      MlpLayer layer = in.getLayers(i);
      String path = "%s.layers[%d]".formatted(field, i);
      boolean last = i == in.getLayersCount() - 1;
      Tensor weights = layer.getWeights();
      double[] W = Codec.doubles(path + ".weights", weights, last ? model.nu : Codec.ANY, width);
      int outputs = Math.toIntExact(weights.getShape(0));
      Errors.requireRange(path + ".weights (rows)", outputs, 1, MAX_WIDTH);
      layers.add(
          new Layer(
              width, outputs, W, Codec.doubles(path + ".biases", layer.getBiases(), outputs)));
      width = outputs;
      widest = Math.max(widest, width);
    }
    double[] std =
        in.hasNoiseStd()
            ? Codec.doubles(field + ".noise_std", in.getNoiseStd(), model.nu)
            : new double[0];
    for (int i = 0; i < std.length; i++) {
      if (std[i] < 0) {
        throw Errors.outOfRange("%s.noise_std[%d]".formatted(field, i), std[i], "at least 0");
      }
    }
    return new Mlp(inputs, layers, activation, std, widest);
  }

  private record OpenLoop(int nu, double[] us) implements ControlLaw {
    @Override
    public int scratch() {
      return 0;
    }

    @Override
    public boolean noisy() {
      return false;
    }

    @Override
    public void act(
        int t,
        double[] xs,
        int xAt,
        double stepSize,
        boolean withNoise,
        CounterGaussian noise,
        double[] scratch,
        double[] u) {
      System.arraycopy(us, t * nu, u, 0, nu);
    }
  }

  private record LinearGaussian(
      int nx,
      int nu,
      double[] referenceXs,
      double[] referenceUs,
      double[] k,
      double[] K,
      double[] L)
      implements ControlLaw {
    @Override
    public int scratch() {
      return nx + nu;
    }

    @Override
    public boolean noisy() {
      return L.length > 0;
    }

    @Override
    public void act(
        int t,
        double[] xs,
        int xAt,
        double stepSize,
        boolean withNoise,
        CounterGaussian noise,
        double[] scratch,
        double[] u) {
      for (int j = 0; j < nx; j++) {
        scratch[j] = xs[xAt + j] - referenceXs[t * nx + j];
      }
      if (withNoise) {
        for (int j = 0; j < nu; j++) {
          scratch[nx + j] = noise.next();
        }
      }
      for (int i = 0; i < nu; i++) {
        double sum = referenceUs[t * nu + i] + stepSize * k[t * nu + i];
        int row = (t * nu + i) * nx;
        for (int j = 0; j < nx; j++) {
          sum += K[row + j] * scratch[j];
        }
        if (withNoise) {
          for (int j = 0; j <= i; j++) {
            sum += L[(t * nu + i) * nu + j] * scratch[nx + j];
          }
        }
        u[i] = sum;
      }
    }
  }

  private record Layer(int inputs, int outputs, double[] W, double[] b) {
    void apply(double[] in, int inAt, double[] out, int outAt) {
      for (int i = 0; i < outputs; i++) {
        double sum = b[i];
        for (int j = 0; j < inputs; j++) {
          sum += W[i * inputs + j] * in[inAt + j];
        }
        out[outAt + i] = sum;
      }
    }
  }

  private record Mlp(
      int[] inputs, List<Layer> layers, Activation activation, double[] std, int widest)
      implements ControlLaw {
    @Override
    public int scratch() {
      return 2 * widest;
    }

    @Override
    public boolean noisy() {
      return std.length > 0;
    }

    @Override
    public void act(
        int t,
        double[] xs,
        int xAt,
        double stepSize,
        boolean withNoise,
        CounterGaussian noise,
        double[] scratch,
        double[] u) {
      for (int i = 0; i < inputs.length; i++) {
        scratch[i] = xs[xAt + inputs[i]];
      }
      int at = 0;
      int last = layers.size() - 1;
      for (int l = 0; l < last; l++) {
        Layer layer = layers.get(l);
        layer.apply(scratch, at, scratch, widest - at);
        at = widest - at;
        for (int i = 0; i < layer.outputs; i++) {
          scratch[at + i] = activate(scratch[at + i]);
        }
      }
      layers.get(last).apply(scratch, at, u, 0);
      if (withNoise) {
        for (int i = 0; i < u.length; i++) {
          u[i] += std[i] * noise.next();
        }
      }
    }

    private double activate(double z) {
      return switch (activation) {
        case ACTIVATION_SOFTPLUS -> Math.max(z, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
        case ACTIVATION_TANH -> StrictMath.tanh(z);
        default -> Math.max(z, 0);
      };
    }
  }
}
