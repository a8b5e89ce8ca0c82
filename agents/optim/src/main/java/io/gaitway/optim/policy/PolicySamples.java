package io.gaitway.optim.policy;

import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.Arrays;
import java.util.List;

/**
 * Weighted examples for fitting a policy: a state's visible entries, and the mean and variances of
 * the action wanted there. Grows as needed. Not thread-safe.
 */
public final class PolicySamples {
  final int nx;
  final int[] inputs;
  final int d;
  final int m;

  /** Inputs, shape (size, d). */
  double[] x;

  /** Mean actions wanted, shape (size, m). */
  double[] target;

  /** Variances of the actions wanted, the diagonal of C, shape (size, m). */
  double[] variance;

  /** Weights, shape (size). */
  double[] weight;

  private int size;

  /**
   * Starts empty.
   *
   * @param nx number of state entries
   * @param inputs state indices that the policy reads
   * @param m number of actions
   * @param capacity room to reserve
   */
  public PolicySamples(int nx, List<Integer> inputs, int m, int capacity) {
    this.nx = nx;
    this.inputs = inputs.stream().mapToInt(Integer::intValue).toArray();
    Network.requireInputs(this.inputs, nx);
    this.d = this.inputs.length;
    this.m = m;
    int room = Math.max(16, capacity);
    x = new double[room * d];
    target = new double[room * m];
    variance = new double[room * m];
    weight = new double[room];
  }

  /** Number of samples. */
  public int size() {
    return size;
  }

  /** The weights, shape (size). */
  public double[] weights() {
    return Arrays.copyOf(weight, size);
  }

  /** The inputs' state indices as a list. */
  List<Integer> inputList() {
    return Arrays.stream(inputs).boxed().toList();
  }

  /** Removes all samples. */
  public void clear() {
    size = 0;
  }

  /**
   * Adds a sample.
   *
   * @param state holds the state at {@code at}, nx entries
   * @param mean holds the mean action at {@code meanAt}, m entries
   * @param C holds the action's covariance at {@code covarianceAt}, shape (m, m)
   * @param w weight, finite and at least 0
   * @throws IllegalArgumentException if a number is not finite or a weight or variance negative
   */
  public void add(
      double[] state, int at, double[] mean, int meanAt, double[] C, int covarianceAt, double w) {
    checkAtLeastZero("weight", w);
    if (size == weight.length) {
      grow();
    }
    for (int c = 0; c < d; c++) {
      x[size * d + c] = checkFinite("state", at + inputs[c], state);
    }
    for (int i = 0; i < m; i++) {
      target[size * m + i] = checkFinite("mean", meanAt + i, mean);
      double cii = C[covarianceAt + i * m + i];
      checkAtLeastZero("covariance's diagonal", cii);
      variance[size * m + i] = cii;
    }
    weight[size] = w;
    size++;
  }

  /**
   * Adds a sample labelled by q(u | x) of knot t: mean û_t + K_t (x − x̂_t), covariance C_t.
   *
   * @param parameters what the policy sees besides the state, as entries before it: nx is their
   *     number and the state's together
   * @param state holds the state at {@code at}
   * @param covarianceShare factor on C_t, at least 0
   * @param w weight
   */
  public void addLabelled(
      GaussianTrajectory q,
      int t,
      double[] parameters,
      double[] state,
      int at,
      double covarianceShare,
      double w) {
    double[] mean = new double[m];
    q.action(t, state, at, mean, 0);
    double[] seen = Arrays.copyOf(parameters, nx);
    System.arraycopy(state, at, seen, parameters.length, q.nx);
    add(seen, 0, mean, 0, q.C, t * m * m, w);
    for (int i = 0; i < m; i++) {
      variance[(size - 1) * m + i] *= covarianceShare;
    }
  }

  private static double checkFinite(String name, int index, double[] values) {
    double value = values[index];
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + "[" + index + "] must be finite, but is " + value);
    }
    return value;
  }

  private static void checkAtLeastZero(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be finite and at least 0, but is " + value);
    }
  }

  private void grow() {
    int room = 2 * weight.length;
    x = Arrays.copyOf(x, room * d);
    target = Arrays.copyOf(target, room * m);
    variance = Arrays.copyOf(variance, room * m);
    weight = Arrays.copyOf(weight, room);
  }
}
