package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.EnvironmentSpec.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward network as a controller: u = squash(net(scale(x[inputs]))) + std · e. Formulas and
 * orders of summation are the contract's. Parameters that a network reads have gone into the first
 * layer's biases, which has the same bits.
 *
 * @param inputs state indices that it reads
 * @param std standard deviations of the noise; empty for none
 * @param widest most numbers in the input or in a layer
 */
record Network(
    int[] inputs,
    @Nullable Scaling scaling,
    List<Layer> layers,
    @Nullable Squashing squashing,
    double[] std,
    int widest)
    implements ControlLaw {
  /** Most numbers in one layer: keeps scratch memory small. */
  private static final int MAX_WIDTH = 4096;

  private static final int MAX_LAYERS = 64;

  /** What a multiplication takes with its addition, and what an activation takes, ns. */
  private static final double MULTIPLICATION_NANOS = 1;

  private static final double ACTIVATION_NANOS = 60;

  /**
   * Reads a network.
   *
   * @param field path of the network in the request
   */
  static Network read(String field, MlpController in, Model model) {
    int[] inputs = new int[in.getInputsCount()];
    double[] parameters = parameters(field + ".parameters", in.getParametersList(), model);
    Errors.requireRange(
        field + ".inputs (their number)", inputs.length, 1, MAX_WIDTH - parameters.length);
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = in.getInputs(i);
      Errors.requireRange("%s.inputs[%d]".formatted(field, i), inputs[i], 0, model.nx - 1L);
    }
    if (in.getLayersCount() == 0) {
      throw Errors.missing(field + ".layers");
    }
    Errors.requireRange(field + ".layers (their number)", in.getLayersCount(), 1, MAX_LAYERS);
    List<Layer> layers = new ArrayList<>();
    int width = parameters.length + inputs.length;
    int widest = inputs.length;
    for (int i = 0; i < in.getLayersCount(); i++) {
      boolean last = i == in.getLayersCount() - 1;
      Layer layer =
          Layer.read(
              "%s.layers[%d]".formatted(field, i),
              in.getLayers(i),
              width,
              last ? model.nu : Codec.ANY);
      layers.add(layer);
      width = layer.outputs;
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
    @Nullable Scaling scaling =
        in.hasScaling()
            ? Scaling.read(field + ".scaling", in.getScaling(), parameters.length + inputs.length)
            : null;
    if (scaling != null) {
      scaling.apply(parameters, parameters.length);
      scaling = scaling.from(parameters.length);
    }
    layers.set(0, layers.get(0).given(parameters));
    return new Network(
        inputs,
        scaling,
        layers,
        in.hasSquashing()
            ? Squashing.read(field + ".squashing", in.getSquashing(), model.nu)
            : null,
        std,
        widest);
  }

  /** The values in force of the parameters that a network reads. */
  private static double[] parameters(String field, List<String> names, Model model) {
    Errors.requireRange(field + " (their number)", names.size(), 0, MAX_WIDTH - 1L);
    Set<String> seen = new HashSet<>();
    double[] values = new double[names.size()];
    for (int i = 0; i < values.length; i++) {
      String name = names.get(i);
      String entry = "%s[%d]".formatted(field, i);
      @Nullable Parameter parameter =
          model.spec.parameters().stream()
              .filter(candidate -> candidate.name().equals(name))
              .findAny()
              .orElse(null);
      if (parameter == null) {
        throw Errors.notOneOf(
            entry,
            Errors.quoted(name),
            model.spec.parameters().stream().map(Parameter::name).toList());
      }
      if (!seen.add(name)) {
        throw Errors.outOfRange(entry, Errors.quoted(name), "a name that no earlier entry has");
      }
      values[i] = parameter.value();
    }
    return values;
  }

  private static double[] positive(String field, Tensor tensor, int count) {
    double[] values = Codec.doubles(field, tensor, count);
    for (int i = 0; i < count; i++) {
      if (values[i] <= 0) {
        throw Errors.outOfRange("%s[%d]".formatted(field, i), values[i], "more than 0");
      }
    }
    return values;
  }

  @Override
  public int scratch() {
    return 2 * widest;
  }

  @Override
  public double nanos() {
    double sum = noisy() ? ACTIVATION_NANOS * std.length : 0;
    for (Layer layer : layers) {
      sum += MULTIPLICATION_NANOS * layer.W.length + ACTIVATION_NANOS * layer.outputs;
    }
    return sum;
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
    if (scaling != null) {
      scaling.apply(scratch, inputs.length);
    }
    int at = 0;
    for (Layer layer : layers) {
      layer.apply(scratch, at, widest - at);
      at = widest - at;
    }
    System.arraycopy(scratch, at, u, 0, u.length);
    if (squashing != null) {
      squashing.apply(u);
    }
    if (withNoise) {
      for (int i = 0; i < u.length; i++) {
        u[i] += std[i] * noise.next();
      }
    }
  }

  /** Scaled inputs are clipped to −limit to limit; an infinite limit clips nothing. */
  private record Scaling(double[] offset, double[] scale, double limit) {
    static Scaling read(String field, InputScaling in, int inputs) {
      double limit = in.hasLimit() ? in.getLimit() : Double.POSITIVE_INFINITY;
      if (in.hasLimit() && !(limit > 0 && Double.isFinite(limit))) {
        throw Errors.outOfRange(field + ".limit", limit, "more than 0 and finite");
      }
      return new Scaling(
          Codec.doubles(field + ".offset", in.getOffset(), inputs),
          positive(field + ".scale", in.getScale(), inputs),
          limit);
    }

    /** The scaling of all inputs but the first ones. */
    Scaling from(int first) {
      return new Scaling(
          Arrays.copyOfRange(offset, first, offset.length),
          Arrays.copyOfRange(scale, first, scale.length),
          limit);
    }

    void apply(double[] z, int count) {
      for (int i = 0; i < count; i++) {
        z[i] = Math.max(-limit, Math.min(limit, (z[i] - offset[i]) / scale[i]));
      }
    }
  }

  private record Squashing(double[] centre, double[] halfRange) {
    static Squashing read(String field, OutputSquashing in, int nu) {
      return new Squashing(
          Codec.doubles(field + ".centre", in.getCentre(), nu),
          positive(field + ".half_range", in.getHalfRange(), nu));
    }

    void apply(double[] u) {
      for (int i = 0; i < u.length; i++) {
        u[i] = centre[i] + halfRange[i] * StrictMath.tanh(u[i]);
      }
    }
  }

  private record Layer(int inputs, int outputs, double[] W, double[] b, Activation activation) {
    static Layer read(String field, MlpLayer in, int inputs, long outputs) {
      double[] W = Codec.doubles(field + ".weights", in.getWeights(), outputs, inputs);
      int rows = Math.toIntExact(in.getWeights().getShape(0));
      Errors.requireRange(field + ".weights (rows)", rows, 1, MAX_WIDTH);
      double[] b = Codec.doubles(field + ".biases", in.getBiases(), rows);
      Activation activation =
          Errors.requireKnown(field + ".activation", in.getActivation(), in.getActivationValue());
      if (activation == Activation.ACTIVATION_UNSPECIFIED) {
        throw Errors.missing(field + ".activation");
      }
      return new Layer(inputs, rows, W, b, activation);
    }

    /** The layer that is left when the first inputs have these values for good. */
    Layer given(double[] first) {
      int rest = inputs - first.length;
      double[] restW = new double[outputs * rest];
      double[] sums = b.clone();
      for (int i = 0; i < outputs; i++) {
        for (int j = 0; j < first.length; j++) {
          sums[i] += W[i * inputs + j] * first[j];
        }
        System.arraycopy(W, i * inputs + first.length, restW, i * rest, rest);
      }
      return new Layer(rest, outputs, restW, sums, activation);
    }

    /** From the numbers at {@code from} to those at {@code to} of the same array. */
    void apply(double[] z, int from, int to) {
      for (int i = 0; i < outputs; i++) {
        double sum = b[i];
        for (int j = 0; j < inputs; j++) {
          sum += W[i * inputs + j] * z[from + j];
        }
        z[to + i] = activate(sum);
      }
    }

    private double activate(double z) {
      return switch (activation) {
        case ACTIVATION_SOFTPLUS -> Math.max(z, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
        case ACTIVATION_TANH -> StrictMath.tanh(z);
        case ACTIVATION_RELU -> Math.max(z, 0);
        case ACTIVATION_ELU -> z > 0 ? z : StrictMath.expm1(z);
        case ACTIVATION_SIGMOID -> sigmoid(z);
        case ACTIVATION_SILU -> z * sigmoid(z);
        default -> z;
      };
    }

    private static double sigmoid(double z) {
      double e = StrictMath.exp(-Math.abs(z));
      return z >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
  }
}
