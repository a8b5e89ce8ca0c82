package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Controller;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * A stochastic policy π(u | x) = N(μ(x), diag(σ²)) whose mean is a network with one hidden layer of
 * softplus units: μ(x) = W2 softplus(W1 x[inputs] + b1) + b2 (Levine and Koltun, Variational Policy
 * Search via Trajectory Optimization, 2013, section 6).
 *
 * <p>Weights are in the environment's own units: whatever scaling a fit used has been folded in.
 * Immutable by convention: the arrays are public.
 */
public final class GaussianMlp implements Policy {
  private static final double LOG_2PI = StrictMath.log(2 * Math.PI);

  /** Number of state entries. */
  public final int nx;

  /** Number of inputs. */
  public final int d;

  /** Number of hidden units. */
  public final int h;

  /** Number of outputs, the actions. */
  public final int m;

  /** State indices of the inputs, in order, shape (d). */
  public final int[] inputs;

  /** Hidden weights, shape (h, d). */
  public final double[] W1;

  /** Hidden biases, shape (h). */
  public final double[] b1;

  /** Output weights, shape (m, h). */
  public final double[] W2;

  /** Output biases, shape (m). */
  public final double[] b2;

  /** Standard deviations σ of the action noise, shape (m). */
  public final double[] std;

  /** The hidden weights by all state entries, zeros for those not seen, shape (h, nx). */
  final DMatrixRMaj hidden;

  private final Network network;

  /**
   * Wraps arrays, which must not change from then on.
   *
   * @param nx number of state entries
   * @param inputs state indices that the first layer reads, distinct, each below nx
   * @param W1 hidden weights, shape (h, d)
   * @param b1 hidden biases, shape (h)
   * @param W2 output weights, shape (m, h)
   * @param b2 output biases, shape (m)
   * @param std standard deviations of the action noise, positive, shape (m)
   * @throws IllegalArgumentException if shapes disagree or a number is not finite
   */
  public GaussianMlp(
      int nx,
      List<Integer> inputs,
      double[] W1,
      double[] b1,
      double[] W2,
      double[] b2,
      double[] std) {
    this.nx = nx;
    this.inputs = inputs.stream().mapToInt(Integer::intValue).toArray();
    this.W1 = W1;
    this.b1 = b1;
    this.W2 = W2;
    this.b2 = b2;
    this.std = std;
    d = this.inputs.length;
    h = b1.length;
    m = b2.length;
    Network.requireInputs(this.inputs, nx);
    Network.requireNumbers("W1", W1, h * d);
    Network.requireNumbers("b1", b1, Math.max(1, h));
    Network.requireNumbers("W2", W2, m * h);
    Network.requireNumbers("b2", b2, Math.max(1, m));
    Network.requirePositive("std", std, m);
    hidden = new DMatrixRMaj(h, nx);
    for (int j = 0; j < h; j++) {
      for (int c = 0; c < d; c++) {
        hidden.unsafe_set(j, this.inputs[c], W1[j * d + c]);
      }
    }
    network = new Network(nx, controller(), Softplus::value);
  }

  /** Number of weights and biases, h·d + h + m·h + m; the m noise deviations come on top. */
  public int parameterCount() {
    return h * d + h + m * h + m;
  }

  /** The inputs' state indices as a list. */
  public List<Integer> inputList() {
    return Arrays.stream(inputs).boxed().toList();
  }

  @Override
  public int nx() {
    return nx;
  }

  @Override
  public int nu() {
    return m;
  }

  @Override
  public void mean(double[] x, int at, double[] mu, int muAt) {
    network.mean(x, at, mu, muAt);
  }

  /**
   * The Jacobian ∂μ/∂x, with zeros for entries that the policy does not see.
   *
   * @param x holds the state at {@code at}, nx entries
   * @param mux receives the Jacobian at {@code muxAt}, shape (m, nx)
   */
  public void jacobian(double[] x, int at, double[] mux, int muxAt) {
    DMatrixRMaj slope = new DMatrixRMaj(h, 1, true, b1);
    CommonOps_DDRM.multAdd(
        hidden, DMatrixRMaj.wrap(nx, 1, Arrays.copyOfRange(x, at, at + nx)), slope);
    for (int j = 0; j < h; j++) {
      slope.data[j] = Softplus.derivative(slope.data[j]);
    }
    DMatrixRMaj output = new DMatrixRMaj(m, h, true, W2);
    CommonOps_DDRM.multCols(output, slope.data);
    DMatrixRMaj product = CommonOps_DDRM.mult(output, hidden, new DMatrixRMaj(m, nx));
    System.arraycopy(product.data, 0, mux, muxAt, m * nx);
  }

  /**
   * log π(u | x).
   *
   * @param x holds the state at {@code at}
   * @param u holds the action at {@code uAt}
   */
  public double logDensity(double[] x, int at, double[] u, int uAt) {
    double[] mu = new double[m];
    mean(x, at, mu, 0);
    double sum = -logNormalizer();
    for (int i = 0; i < m; i++) {
      double r = (u[uAt + i] - mu[i]) / std[i];
      sum -= 0.5 * r * r;
    }
    return sum;
  }

  /** Σ log σ + ½ m log 2π, what −log π is at the mean. */
  public double logNormalizer() {
    double sum = 0.5 * m * LOG_2PI;
    for (int i = 0; i < m; i++) {
      sum += StrictMath.log(std[i]);
    }
    return sum;
  }

  /**
   * The policy when the first inputs, which have to be the first entries of its state, have these
   * values for good: one of the other entries alone. It has the same bits, as their products have
   * gone into the hidden biases.
   *
   * @param first values of the first entries
   * @throws IllegalArgumentException if the policy does not read these entries first
   */
  public GaussianMlp given(double... first) {
    int k = first.length;
    requireFirst(k);
    Controller.Layer hidden = controller().layers().get(0).given(first);
    return new GaussianMlp(nx - k, inputsFrom(k), hidden.W(), hidden.b(), W2, b2, std);
  }

  /**
   * The policy in which the first inputs, which have to be the first entries of its state, are
   * parameters of the environment.
   *
   * @param parameters their names
   * @throws IllegalArgumentException if the policy does not read these entries first
   */
  public Policy withParameters(List<String> parameters) {
    if (parameters.isEmpty()) {
      return this;
    }
    int k = parameters.size();
    requireFirst(k);
    return new Network(
        nx - k,
        new Controller.Mlp(parameters, inputsFrom(k), null, controller().layers(), null, std));
  }

  private void requireFirst(int count) {
    for (int i = 0; i < count; i++) {
      if (i >= d - 1 || inputs[i] != i) {
        throw new IllegalArgumentException(
            "the policy has to read state entries 0 to %d first, and others, but reads %s"
                .formatted(count - 1, Arrays.toString(inputs)));
      }
    }
  }

  private List<Integer> inputsFrom(int first) {
    return Arrays.stream(inputs).skip(first).mapToObj(input -> input - first).toList();
  }

  /** This policy with other noise. */
  public GaussianMlp withStd(double[] value) {
    return new GaussianMlp(nx, inputList(), W1, b1, W2, b2, value.clone());
  }

  @Override
  public Controller.Mlp controller() {
    return new Controller.Mlp(
        inputList(),
        List.of(
            new Controller.Layer(W1, b1, Controller.Activation.SOFTPLUS),
            new Controller.Layer(W2, b2, Controller.Activation.LINEAR)),
        std);
  }
}
