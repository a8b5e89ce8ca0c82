package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Controller;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;

/**
 * A policy that is any network which the simulator runs as well: μ(x) = squash(net(scale(x)))).
 * This is where clients compute networks, with the bits of the simulator's rollouts: sums go from
 * the bias by ascending input, and the functions are those of the contract.
 *
 * <p>Immutable by convention: the network's arrays are public.
 */
public final class Network implements Policy {
  /** Most inputs, and most units of a layer. */
  static final int MAX_WIDTH = 4096;

  /** Most layers. */
  static final int MAX_LAYERS = 64;

  private final int nx;
  private final Controller.Mlp network;
  private final DoubleUnaryOperator softplus;
  private final int[] inputs;
  private final int widest;

  /**
   * [b, W] of each layer, shape (units, 1 + width): times [1, z], so that EJML's products add from
   * the bias on.
   */
  private final List<DMatrixRMaj> weights = new ArrayList<>();

  /**
   * Wraps a network, whose arrays must not change from then on.
   *
   * @param nx number of state entries
   * @throws IllegalArgumentException if layers do not fit each other, inputs are not distinct or
   *     not below nx, a number is not finite, or a scale, a half range, a limit or a deviation is
   *     not above 0; the message names it
   */
  public Network(int nx, Controller.Mlp network) {
    this(nx, network, Network::softplus);
  }

  /**
   * The same with a softplus of its own.
   *
   * @param softplus within rounding of log(1 + exp z)
   */
  Network(int nx, Controller.Mlp network, DoubleUnaryOperator softplus) {
    this.nx = nx;
    this.network = network;
    this.softplus = softplus;
    inputs = network.inputs().stream().mapToInt(Integer::intValue).toArray();
    requireInputs(inputs, nx);
    int read = network.parameters().size() + inputs.length;
    requireCount(
        network.parameters().isEmpty() ? "inputs" : "parameters and inputs", read, MAX_WIDTH);
    requireNames(network.parameters());
    requireCount("layers", network.layers().size(), MAX_LAYERS);
    int width = read;
    int most = width;
    for (int i = 0; i < network.layers().size(); i++) {
      Controller.Layer layer = network.layers().get(i);
      String name = "layers[" + i + "].";
      int units = layer.b().length;
      requireCount(name + "b", units, MAX_WIDTH);
      requireNumbers(name + "b", layer.b(), units);
      requireNumbers(name + "W", layer.W(), units * width);
      weights.add(withBias(layer, width));
      width = units;
      most = Math.max(most, width);
    }
    widest = most;
    Controller.@Nullable Scaling scaling = network.scaling();
    if (scaling != null) {
      requireNumbers("scaling.offset", scaling.offset(), read);
      requirePositive("scaling.scale", scaling.scale(), read);
      if (!(scaling.limit() > 0)) {
        throw new IllegalArgumentException(
            "scaling.limit must be above 0, but is " + scaling.limit());
      }
    }
    Controller.@Nullable Squashing squashing = network.squashing();
    if (squashing != null) {
      requireNumbers("squashing.centre", squashing.centre(), nu());
      requirePositive("squashing.halfRange", squashing.halfRange(), nu());
    }
    if (network.std().length > 0) {
      requirePositive("std", network.std(), nu());
    }
  }

  /**
   * The network of an architecture with given weights, which are copied: layer by layer, W (row by
   * row, one for each unit) before b.
   *
   * @param nx number of state entries
   * @param inputs state indices that the first layer reads, in order
   * @param nu number of actions
   * @param weights {@link Architecture#parameterCount} numbers
   * @param std standard deviations of the action noise, shape (nu); empty for no noise
   * @throws IllegalArgumentException as the constructor, and if there are too many or too few
   *     weights
   */
  public static Network of(
      Architecture architecture,
      int nx,
      List<Integer> inputs,
      int nu,
      double[] weights,
      double[] std) {
    requireNumbers("weights", weights, architecture.parameterCount(inputs.size(), nu));
    List<Controller.Layer> layers = new ArrayList<>();
    int at = 0;
    int width = inputs.size();
    for (int units : architecture.hidden()) {
      layers.add(layer(weights, at, units, width, architecture.activation()));
      at += units * (width + 1);
      width = units;
    }
    layers.add(layer(weights, at, nu, width, Controller.Activation.LINEAR));
    return new Network(nx, new Controller.Mlp(inputs, layers, std));
  }

  private static DMatrixRMaj withBias(Controller.Layer layer, int width) {
    int units = layer.b().length;
    DMatrixRMaj weights = new DMatrixRMaj(units, 1 + width);
    CommonOps_DDRM.insert(DMatrixRMaj.wrap(units, 1, layer.b()), weights, 0, 0);
    CommonOps_DDRM.insert(DMatrixRMaj.wrap(units, width, layer.W()), weights, 0, 1);
    return weights;
  }

  private static Controller.Layer layer(
      double[] weights, int at, int units, int width, Controller.Activation activation) {
    int b = at + units * width;
    return new Controller.Layer(
        Arrays.copyOfRange(weights, at, b), Arrays.copyOfRange(weights, b, b + units), activation);
  }

  /** Checks that inputs are distinct, at least one, and below nx. */
  static void requireInputs(int[] inputs, int nx) {
    boolean[] seen = new boolean[nx];
    for (int i = 0; i < inputs.length; i++) {
      int input = inputs[i];
      if (input < 0 || input >= nx || seen[input]) {
        throw new IllegalArgumentException(
            "inputs must be distinct and from 0 to %d, but inputs[%d] is %d"
                .formatted(nx - 1, i, input));
      }
      seen[input] = true;
    }
    if (inputs.length == 0) {
      throw new IllegalArgumentException("inputs must have at least 1 entry, but has none");
    }
  }

  private static void requireNames(List<String> parameters) {
    if (parameters.stream().distinct().count() < parameters.size()) {
      throw new IllegalArgumentException("parameters must be distinct, but are " + parameters);
    }
  }

  private static void requireCount(String name, int count, int most) {
    if (count < 1 || count > most) {
      throw new IllegalArgumentException(
          "%s must have 1 to %d entries, but has %d".formatted(name, most, count));
    }
  }

  /** Checks that there are so many numbers, all finite. */
  static void requireNumbers(String name, double[] values, int length) {
    if (values.length != length) {
      throw new IllegalArgumentException(
          "%s must have %d entries, but has %d".formatted(name, length, values.length));
    }
    for (int i = 0; i < length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "%s[%d] must be finite, but is %s".formatted(name, i, values[i]));
      }
    }
  }

  /** Checks that there are so many numbers, all finite and above 0. */
  static void requirePositive(String name, double[] values, int length) {
    requireNumbers(name, values, length);
    for (int i = 0; i < length; i++) {
      if (values[i] <= 0) {
        throw new IllegalArgumentException(
            "%s[%d] must be above 0, but is %s".formatted(name, i, values[i]));
      }
    }
  }

  @Override
  public int nx() {
    return nx;
  }

  @Override
  public int nu() {
    List<Controller.Layer> layers = network.layers();
    return layers.get(layers.size() - 1).b().length;
  }

  @Override
  public Controller.Mlp controller() {
    return network;
  }

  @Override
  public void mean(double[] x, int at, double[] mu, int muAt) {
    if (!network.parameters().isEmpty()) {
      throw new IllegalStateException(
          "the policy reads the parameters %s; give it their values with at(...) first"
              .formatted(String.join(", ", network.parameters())));
    }
    DMatrixRMaj in = new DMatrixRMaj(1 + widest, 1);
    DMatrixRMaj sums = new DMatrixRMaj(widest, 1);
    in.data[0] = 1;
    for (int i = 0; i < inputs.length; i++) {
      in.data[1 + i] = x[at + inputs[i]];
    }
    scale(in.data, 1);
    for (int i = 0; i < weights.size(); i++) {
      Controller.Activation activation = network.layers().get(i).activation();
      in.reshape(weights.get(i).numCols, 1);
      CommonOps_DDRM.mult(weights.get(i), in, sums);
      for (int j = 0; j < sums.numRows; j++) {
        in.data[1 + j] = activate(activation, sums.data[j]);
      }
    }
    squash(in.data, 1);
    System.arraycopy(in.data, 1, mu, muAt, nu());
  }

  private void scale(double[] z, int at) {
    Controller.@Nullable Scaling scaling = network.scaling();
    if (scaling == null) {
      return;
    }
    for (int i = 0; i < inputs.length; i++) {
      z[at + i] = scaling.scaled(i, z[at + i]);
    }
  }

  private void squash(double[] z, int at) {
    Controller.@Nullable Squashing squashing = network.squashing();
    if (squashing == null) {
      return;
    }
    for (int i = 0; i < nu(); i++) {
      z[at + i] = squashing.centre()[i] + squashing.halfRange()[i] * StrictMath.tanh(z[at + i]);
    }
  }

  private double activate(Controller.Activation activation, double z) {
    return switch (activation) {
      case LINEAR -> z;
      case SOFTPLUS -> softplus.applyAsDouble(z);
      case TANH -> StrictMath.tanh(z);
      case RELU -> Math.max(z, 0);
      case ELU -> z > 0 ? z : StrictMath.expm1(z);
      case SIGMOID -> sigmoid(z);
      case SILU -> z * sigmoid(z);
    };
  }

  private static double softplus(double z) {
    return Math.max(z, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(z)));
  }

  private static double sigmoid(double z) {
    double e = StrictMath.exp(-Math.abs(z));
    return (z >= 0 ? 1 : e) / (1 + e);
  }
}
