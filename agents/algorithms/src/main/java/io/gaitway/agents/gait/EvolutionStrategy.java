package io.gaitway.agents.gait;

import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A (μ/μ_w, λ) evolution strategy with cumulative step-size adaptation and a diagonal covariance
 * that it learns: separable CMA-ES (Ros and Hansen 2008). Ask for candidates, then tell their
 * costs.
 */
public final class EvolutionStrategy {
  private final int n;
  private final int lambda;
  private final double[] weights;
  private final double effective;
  private final double stepPathRate;
  private final double damping;
  private final double pathRate;
  private final double rankOne;
  private final double rankMu;
  private final double expectedNorm;
  private final double[] mean;
  private final double[] variance;
  private final double[] stepPath;
  private final double[] path;
  private double sigma;
  private int generation;
  private List<double[]> directions = List.of();

  /**
   * All that the strategy remembers from one generation to the next. Arrays are shared, not copied.
   *
   * @param generation generations told
   * @param sigma step size relative to the first
   * @param mean present mean, shape (n)
   * @param variance diagonal of the covariance, without {@code sigma}, shape (n)
   * @param stepPath evolution path of the step size, shape (n)
   * @param path evolution path of the covariance, shape (n)
   */
  public record State(
      int generation,
      double sigma,
      double[] mean,
      double[] variance,
      double[] stepPath,
      double[] path) {
    /** Checks the shapes. */
    public State {
      if (variance.length != mean.length
          || stepPath.length != mean.length
          || path.length != mean.length) {
        throw new IllegalArgumentException(
            "mean, variance, step_path and path must have the same number of entries, but have %d, %d, %d and %d"
                .formatted(mean.length, variance.length, stepPath.length, path.length));
      }
    }

    /**
     * The state before the first generation.
     *
     * @param mean first mean, shape (n)
     * @param std first standard deviation of every entry, in the units of the mean
     */
    static State first(double[] mean, double std) {
      int n = mean.length;
      double[] variance = new double[n];
      Arrays.fill(variance, std * std);
      return new State(0, 1, mean, variance, new double[n], new double[n]);
    }
  }

  /**
   * Continues from a state.
   *
   * @param from not modified
   * @param lambda candidates per generation, at least 4
   */
  EvolutionStrategy(State from, int lambda) {
    this.lambda = lambda;
    generation = from.generation();
    sigma = from.sigma();
    mean = from.mean().clone();
    variance = from.variance().clone();
    stepPath = from.stepPath().clone();
    path = from.path().clone();
    n = mean.length;
    int mu = lambda / 2;
    weights = new double[mu];
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < mu; i++) {
      weights[i] = StrictMath.log((lambda + 1) / 2.0) - StrictMath.log(i + 1);
      sum += weights[i];
    }
    for (int i = 0; i < mu; i++) {
      weights[i] /= sum;
      squares += weights[i] * weights[i];
    }
    effective = 1 / squares;
    stepPathRate = (effective + 2) / (n + effective + 5);
    damping = 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + stepPathRate;
    pathRate = (4 + effective / n) / (n + 4 + 2 * effective / n);
    double separable = (n + 2) / 3.0;
    rankOne = Math.min(1, separable * 2 / ((n + 1.3) * (n + 1.3) + effective));
    rankMu =
        Math.min(
            1 - rankOne,
            separable * 2 * (effective - 2 + 1 / effective) / ((n + 2) * (n + 2) + effective));
    expectedNorm = Math.sqrt(n) * (1 - 1.0 / (4 * n) + 1.0 / (21.0 * n * n));
  }

  /** The state between generations, a copy. */
  State state() {
    return new State(
        generation, sigma, mean.clone(), variance.clone(), stepPath.clone(), path.clone());
  }

  /** Draws the next generation. */
  List<double[]> ask(NormalSampler normal) {
    directions = new ArrayList<>();
    List<double[]> candidates = new ArrayList<>();
    for (int k = 0; k < lambda; k++) {
      double[] direction = new double[n];
      double[] candidate = new double[n];
      for (int i = 0; i < n; i++) {
        direction[i] = Math.sqrt(variance[i]) * normal.next();
        candidate[i] = mean[i] + sigma * direction[i];
      }
      directions.add(direction);
      candidates.add(candidate);
    }
    return candidates;
  }

  /**
   * Learns from the last generation.
   *
   * @param costs of the candidates, in the order in which they were asked for; lower is better
   */
  void tell(double[] costs) {
    List<double[]> best =
        IntStream.range(0, lambda)
            .boxed()
            .sorted(Comparator.comparingDouble(k -> costs[k]))
            .limit(weights.length)
            .map(directions::get)
            .toList();
    generation++;
    double norm = 0;
    double[] step = new double[n];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < weights.length; k++) {
        step[i] += weights[k] * best.get(k)[i];
      }
      mean[i] += sigma * step[i];
      stepPath[i] =
          (1 - stepPathRate) * stepPath[i]
              + Math.sqrt(stepPathRate * (2 - stepPathRate) * effective)
                  * step[i]
                  / Math.sqrt(variance[i]);
      norm += stepPath[i] * stepPath[i];
    }
    norm = Math.sqrt(norm);
    double started = Math.sqrt(1 - StrictMath.pow(1 - stepPathRate, 2.0 * generation));
    boolean steady = norm / started < (1.4 + 2.0 / (n + 1)) * expectedNorm;
    for (int i = 0; i < n; i++) {
      path[i] *= 1 - pathRate;
      if (steady) {
        path[i] += Math.sqrt(pathRate * (2 - pathRate) * effective) * step[i];
      }
      double spread = 0;
      for (int k = 0; k < weights.length; k++) {
        spread += weights[k] * best.get(k)[i] * best.get(k)[i];
      }
      double held = steady ? 0 : pathRate * (2 - pathRate) * variance[i];
      variance[i] =
          (1 - rankOne - rankMu) * variance[i]
              + rankOne * (path[i] * path[i] + held)
              + rankMu * spread;
    }
    sigma = Math.min(1, sigma * StrictMath.exp(stepPathRate / damping * (norm / expectedNorm - 1)));
  }
}
