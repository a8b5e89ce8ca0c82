package io.gaitway.client.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;

/** A controller that is sent to the simulator, so that a whole rollout is one call. */
public sealed interface Controller {

  /**
   * A time-varying linear-Gaussian controller, u_t = û_t + α k_t + K_t (x_t − x̂_t) + L_t ε with ε
   * standard normal and α the rollout's step size. Arrays are shared, not copied; what has an index
   * t is a matrix of EJML.
   *
   * @param T number of control steps
   * @param xs reference states x̂, shape (T, nx) or longer
   * @param us reference actions û, shape (T, nu)
   * @param k feed-forward terms, shape (T, nu)
   * @param K feedback gains, shape (T, nu, nx)
   * @param L lower Cholesky factors of the action covariances, shape (T, nu, nu); empty for none
   */
  record LinearGaussian(int T, double[] xs, double[] us, double[] k, double[] K, double[] L)
      implements Controller {

    /** Number of action entries nu, as the feed-forward terms have it. */
    public int nu() {
      return columns("k", k, T);
    }

    /** Number of state entries nx, as the feedback gains have it. */
    public int nx() {
      return columns("K", K, (long) T * nu());
    }

    /** Feed-forward term k_t, shape (nu, 1); a copy. */
    public DMatrixRMaj k(int t) {
      return Matrices.copy(k, t, T, nu(), 1);
    }

    /** Feedback gain K_t, shape (nu, nx); a copy. */
    public DMatrixRMaj K(int t) {
      return Matrices.copy(K, t, T, nu(), nx());
    }

    /**
     * Covariance of action t given the state, Σ_t = L_t L_tᵀ, shape (nu, nu); new, and zero where
     * there is no noise. Entries of L_t above its diagonal do not count.
     */
    public DMatrixRMaj covariance(int t) {
      int nu = nu();
      DMatrixRMaj factor = Matrices.copy(L.length == 0 ? new double[T * nu * nu] : L, t, T, nu, nu);
      for (int i = 0; i < nu; i++) {
        Arrays.fill(factor.data, i * nu + i + 1, (i + 1) * nu, 0);
      }
      return CommonOps_DDRM.multTransB(factor, factor, null);
    }

    private static int columns(String name, double[] array, long rows) {
      if (rows < 1 || array.length % rows != 0) {
        throw new IllegalArgumentException(
            "%s has %d entries, which %d rows do not share evenly"
                .formatted(name, array.length, rows));
      }
      return (int) (array.length / rows);
    }
  }

  /**
   * A feed-forward network on selected state entries with diagonal Gaussian noise: u =
   * squash(net(scale(x[inputs]))) + σ ⊙ ε. It may read parameters of the environment as well,
   * before the state's entries: in a rollout, their values are those in force in the simulator's
   * environment. Arrays are shared, not copied.
   *
   * @param parameters names of the environment's parameters that the first layer reads, in order,
   *     before the state's entries
   * @param inputs state indices that the first layer reads, in order
   * @param scaling what happens to the inputs before the first layer; null for nothing
   * @param layers the layers, the last with nu outputs
   * @param squashing what happens to the outputs of the last layer; null for nothing
   * @param std standard deviations σ of the action noise, shape (nu); empty for no noise
   */
  record Mlp(
      List<String> parameters,
      List<Integer> inputs,
      @Nullable Scaling scaling,
      List<Layer> layers,
      @Nullable Squashing squashing,
      double[] std)
      implements Controller {
    /** Copies the lists. */
    public Mlp {
      parameters = List.copyOf(parameters);
      inputs = List.copyOf(inputs);
      layers = List.copyOf(layers);
    }

    /** A network that reads no parameters. */
    public Mlp(
        List<Integer> inputs,
        @Nullable Scaling scaling,
        List<Layer> layers,
        @Nullable Squashing squashing,
        double[] std) {
      this(List.of(), inputs, scaling, layers, squashing, std);
    }

    /** A network that neither scales nor squashes. */
    public Mlp(List<Integer> inputs, List<Layer> layers, double[] std) {
      this(inputs, null, layers, null, std);
    }

    /** The same network without its noise. */
    public Mlp withoutNoise() {
      return new Mlp(parameters, inputs, scaling, layers, squashing, new double[0]);
    }

    /**
     * What is left when the parameters have these values for good: a network that reads the state
     * alone, with the same bits. What the parameters add to the first layer's sums has gone into
     * its biases.
     *
     * @param values of the parameters that it reads, by name, finite; others are ignored
     * @throws IllegalArgumentException if one is missing or not finite
     */
    public Mlp at(Map<String, Double> values) {
      if (parameters.isEmpty()) {
        return this;
      }
      int count = parameters.size();
      double[] z = new double[count];
      for (int j = 0; j < count; j++) {
        Double value = values.get(parameters.get(j));
        if (value == null || !Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "the network reads the parameter %s, whose value must be finite, but is %s"
                  .formatted(parameters.get(j), value == null ? "missing" : value));
        }
        z[j] = scaling == null ? value : scaling.scaled(j, value);
      }
      List<Layer> rest = new ArrayList<>(layers);
      rest.set(0, layers.get(0).given(z));
      return new Mlp(inputs, scaling == null ? null : scaling.from(count), rest, squashing, std);
    }
  }

  /**
   * Actions fixed beforehand. The array is shared, not copied.
   *
   * @param us actions, shape (T, nu)
   */
  record OpenLoop(double[] us) implements Controller {}

  /**
   * A layer, activation(W z + b).
   *
   * @param W weights, shape (outputs, inputs)
   * @param b biases, shape (outputs)
   * @param activation applied to every output
   */
  record Layer(double[] W, double[] b, Activation activation) {
    /**
     * The layer that is left when the first inputs have these values for good; it has the same
     * bits, as their products have gone into the biases.
     *
     * @param first values of the first inputs
     */
    public Layer given(double[] first) {
      int outputs = b.length;
      int inputs = W.length / outputs;
      int rest = inputs - first.length;
      double[] restW = new double[outputs * rest];
      double[] sums = b.clone();
      for (int i = 0; i < outputs; i++) {
        for (int j = 0; j < first.length; j++) {
          sums[i] += W[i * inputs + j] * first[j];
        }
        System.arraycopy(W, i * inputs + first.length, restW, i * rest, rest);
      }
      return new Layer(restW, sums, activation);
    }
  }

  /**
   * Scaling of what a network reads: z = (x − offset) / scale, then, with a limit, moved to the
   * nearest bound of −limit to limit.
   *
   * @param offset in the units of what is read, one for every parameter, then for every input
   * @param scale more than 0, in the same units, one for every parameter, then for every input
   * @param limit more than 0; infinite for none
   */
  record Scaling(double[] offset, double[] scale, double limit) {
    /** What becomes of the number that is read as number {@code i}. */
    public double scaled(int i, double value) {
      return Math.max(-limit, Math.min(limit, (value - offset[i]) / scale[i]));
    }

    /** The scaling of all inputs but the first ones. */
    private Scaling from(int first) {
      return new Scaling(
          Arrays.copyOfRange(offset, first, offset.length),
          Arrays.copyOfRange(scale, first, scale.length),
          limit);
    }
  }

  /**
   * Squashing of what a network puts out: u = centre + halfRange ⊙ tanh(z).
   *
   * @param centre centres of the actions' ranges, shape (nu), in the action's units
   * @param halfRange half of the ranges' widths, more than 0, shape (nu), in the action's units
   */
  record Squashing(double[] centre, double[] halfRange) {}

  /** The non-linearity of a layer. */
  enum Activation {
    /** z. */
    LINEAR,
    /** log(1 + exp z). */
    SOFTPLUS,
    /** tanh z. */
    TANH,
    /** max(0, z). */
    RELU,
    /** z where z &gt; 0, exp(z) − 1 elsewhere. */
    ELU,
    /** 1 / (1 + exp(−z)). */
    SIGMOID,
    /** z / (1 + exp(−z)). */
    SILU
  }
}
