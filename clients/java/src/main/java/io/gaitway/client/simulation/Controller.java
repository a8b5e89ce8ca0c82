package io.gaitway.client.simulation;

import java.util.List;

/** A controller that is sent to the simulator, so that a whole rollout is one call. */
public sealed interface Controller {

  /**
   * A time-varying linear-Gaussian controller, u_t = û_t + α k_t + K_t (x_t − x̂_t) + L_t ε with ε
   * standard normal and α the rollout's step size. Arrays are shared, not copied.
   *
   * @param T number of control steps
   * @param xs reference states x̂, shape (T, nx) or longer
   * @param us reference actions û, shape (T, nu)
   * @param k feed-forward terms, shape (T, nu)
   * @param K feedback gains, shape (T, nu, nx)
   * @param L lower Cholesky factors of the action covariances, shape (T, nu, nu); empty for none
   */
  record LinearGaussian(int T, double[] xs, double[] us, double[] k, double[] K, double[] L)
      implements Controller {}

  /**
   * A feed-forward network on selected state entries with a linear last layer and diagonal Gaussian
   * noise: u = net(x[inputs]) + σ ⊙ ε. Arrays are shared, not copied.
   *
   * @param inputs state indices that the first layer reads, in order
   * @param layers hidden layers, then the linear output layer
   * @param activation applied after every layer but the last
   * @param std standard deviations σ of the action noise, shape (nu)
   */
  record Mlp(List<Integer> inputs, List<Layer> layers, Activation activation, double[] std)
      implements Controller {
    /** Copies the lists. */
    public Mlp {
      inputs = List.copyOf(inputs);
      layers = List.copyOf(layers);
    }

    /** The same network without its noise. */
    public Mlp withoutNoise() {
      return new Mlp(inputs, layers, activation, new double[std.length]);
    }
  }

  /**
   * Actions fixed beforehand. The array is shared, not copied.
   *
   * @param us actions, shape (T, nu)
   */
  record OpenLoop(double[] us) implements Controller {}

  /**
   * An affine layer W z + b.
   *
   * @param W weights, shape (outputs, inputs)
   * @param b biases, shape (outputs)
   */
  record Layer(double[] W, double[] b) {}

  /** The non-linearity of a network's hidden layers. */
  enum Activation {
    /** log(1 + exp z). */
    SOFTPLUS,
    /** tanh z. */
    TANH,
    /** max(0, z). */
    RELU
  }
}
