package io.gaitway.agents.gait;

import io.gaitway.agents.trajopt.NormalSampler;
import io.gaitway.client.GaitwayClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Finds a gait by evolution strategy: the cost of a candidate is what the environment charges it
 * from a start with noise of its own.
 */
public final class GaitSearch {
  /** Where a search from scratch begins: the poses of a slow walk, and soft gains. */
  public static final Gait FIRST_GUESS =
      new Gait(
          new Gait.Phase(0.5, -1.1, 0.2, -0.1, 0.1, 0.5, 0.2),
          new Gait.Phase(0.3, -0.2, 0.1, -0.1, 0.1, 0.5, 0.2),
          0.3,
          0.05,
          new Gait.Gains(100, 10),
          new Gait.Gains(100, 10),
          new Gait.Gains(80, 1.5),
          new Gait.Gains(300, 20));

  private static final int CANDIDATES = 48;

  private final Map<String, Double> parameters;
  private final String environment;
  private final int steps;
  private final long seed;

  /**
   * Prepares a search.
   *
   * @param environment catalog name of a biped
   * @param parameters its overrides
   * @param steps control steps that a gait is to walk
   * @param seed the only source of randomness
   */
  public GaitSearch(String environment, Map<String, Double> parameters, int steps, long seed) {
    this.environment = environment;
    this.parameters = parameters;
    this.steps = steps;
    this.seed = seed;
  }

  /**
   * What a generation found.
   *
   * @param generation its number, from 1
   * @param gait the mean of the search after it
   * @param bestCost cost of its best candidate
   * @param medianCost median of its candidates' costs
   * @param upright candidates that walked to the end
   * @param sigma step size relative to the first
   */
  public record Progress(
      int generation, Gait gait, double bestCost, double medianCost, int upright, double sigma) {}

  /**
   * Searches.
   *
   * @param start where to begin
   * @param sigma first standard deviation of angles, of gains relative to themselves, and of
   *     feedback gains
   * @param goOn asked after every generation
   * @return the last generation
   */
  public Progress run(
      GaitwayClient client, Gait start, double sigma, int generations, Predicate<Progress> goOn) {
    double[] std = new double[Gait.SIZE];
    java.util.Arrays.fill(std, sigma);
    EvolutionStrategy strategy = new EvolutionStrategy(start.toVector(), std, CANDIDATES);
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {seed}));
    try (GaitTrials trials = new GaitTrials(client, environment, parameters, CANDIDATES, steps)) {
      for (int generation = 1; ; generation++) {
        List<Gait> gaits = strategy.ask(normal).stream().map(Gait::fromVector).toList();
        GaitTrials.Outcome outcome = trials.run(gaits, seeds(generation));
        strategy.tell(outcome.costs());
        Progress progress = progress(generation, strategy, outcome);
        if (generation == generations || !goOn.test(progress)) {
          return progress;
        }
      }
    }
  }

  private long[] seeds(int generation) {
    long[] seeds = new long[CANDIDATES];
    for (int i = 0; i < CANDIDATES; i++) {
      seeds[i] = (seed * 1_000_003 + generation) * CANDIDATES + i;
    }
    return seeds;
  }

  private Progress progress(
      int generation, EvolutionStrategy strategy, GaitTrials.Outcome outcome) {
    List<Double> costs = new ArrayList<>();
    int upright = 0;
    for (int i = 0; i < CANDIDATES; i++) {
      costs.add(outcome.costs()[i]);
      upright += outcome.survived()[i] == steps ? 1 : 0;
    }
    Collections.sort(costs);
    return new Progress(
        generation,
        Gait.fromVector(strategy.mean()),
        costs.get(0),
        costs.get(CANDIDATES / 2),
        upright,
        strategy.sigma());
  }
}
