package io.gaitway.agents.gait;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.session.Reset;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * Finds a gait by evolution strategy, one generation after the other: the cost of a candidate is
 * what {@link GaitTrials} charge it, in the mean over walks from starts with noise. A generation's
 * candidates have the same starts, the next ones others. The search has stages, of longer and
 * longer walks; each begins anew around the gait that the last one found. It can be continued from
 * the {@link State} after any generation, to the same bits.
 */
public final class GaitSearch implements AutoCloseable {
  /** Where a search from scratch begins: the poses of a slow walk, and stiff gains. */
  public static final Gait FIRST_GUESS =
      new Gait(
          new Gait.Phase(0.4, -1.2, 0.2, -0.1, 0.1, 0.5, 0.2),
          new Gait.Phase(0.2, -0.2, 0.1, -0.1, 0.0, 0.5, 0.2),
          0.3,
          0.05,
          new Gait.Gains(250, 15),
          new Gait.Gains(250, 12),
          new Gait.Gains(90, 1.5),
          new Gait.Gains(400, 20));

  /** Gaits that are tried in a generation. */
  public static final int CANDIDATES = 48;

  /**
   * The stages of a search unless others are asked for: first not to fall, then to keep going, then
   * to keep going from every start.
   */
  public static final List<Stage> SCHEDULE =
      List.of(
          new Stage(200, 100, 0.1, 1), new Stage(600, 200, 0.1, 1), new Stage(2000, 100, 0.07, 4));

  private final GaitwayClient client;
  private final String environment;
  private final Map<String, Double> parameters;
  private final List<Stage> schedule;
  private final long seed;
  private int completed;
  private EvolutionStrategy strategy;
  private @Nullable GaitTrials trials;

  /**
   * A part of a search.
   *
   * @param steps control steps that a gait is to walk, at least 1
   * @param generations their number, at least 1
   * @param sigma first standard deviation of angles (rad), of durations and gains relative to
   *     themselves, and of feedback gains
   * @param walks of every candidate, 1 to 1000
   */
  public record Stage(int steps, int generations, double sigma, int walks) {
    private static final int MOST_WALKS = 1000;

    /** Checks the numbers. */
    public Stage {
      if (steps < 1 || generations < 1 || !(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "steps, generations and sigma must be positive, but are %d, %d and %s"
                .formatted(steps, generations, sigma));
      }
      if (walks < 1 || walks > MOST_WALKS) {
        throw new IllegalArgumentException(
            "walks must be between 1 and %d, but is %d".formatted(MOST_WALKS, walks));
      }
    }

    /** This stage with another number of generations. */
    public Stage withGenerations(int number) {
      return new Stage(steps, number, sigma, walks);
    }
  }

  /**
   * A search between two generations.
   *
   * @param completed generations completed, over all stages
   * @param strategy state of the present stage's evolution strategy, of {@link Gait#SIZE} numbers
   */
  public record State(int completed, EvolutionStrategy.State strategy) {
    /** Checks the numbers. */
    public State {
      if (completed < 0 || strategy.mean().length != Gait.SIZE) {
        throw new IllegalArgumentException(
            "generations must be at least 0 and the mean must have %3$d entries, but are %1$d and %2$d"
                .formatted(completed, strategy.mean().length, Gait.SIZE));
      }
    }

    /** The state before the first generation of a search around {@code start}. */
    public static State first(List<Stage> schedule, Gait start) {
      return new State(0, EvolutionStrategy.State.first(start.toVector(), schedule.get(0).sigma()));
    }

    /** The gait that the search has arrived at: the mean of its candidates to come. */
    public Gait gait() {
      return Gait.fromVector(strategy.mean());
    }
  }

  /**
   * How a generation went.
   *
   * @param stage number of its stage, from 1
   * @param number its number in the stage, from 1
   * @param bestCost mean cost of its best candidate's walks
   * @param medianCost median of its candidates' costs
   * @param upright walks of all candidates that went to the end
   */
  public record Generation(
      int stage, int number, double bestCost, double medianCost, int upright) {}

  /**
   * Prepares a search, or the rest of one.
   *
   * @param environment catalog name of a biped
   * @param parameters its overrides
   * @param schedule at least one stage
   * @param seed the only source of randomness
   * @param from where to begin
   * @throws IllegalArgumentException if {@code from} lies behind the end of the schedule
   */
  public GaitSearch(
      GaitwayClient client,
      String environment,
      Map<String, Double> parameters,
      List<Stage> schedule,
      long seed,
      State from) {
    this.client = client;
    this.environment = environment;
    this.parameters = Map.copyOf(parameters);
    this.schedule = List.copyOf(schedule);
    this.seed = seed;
    completed = from.completed();
    strategy = new EvolutionStrategy(from.strategy(), CANDIDATES);
    if (completed > generations()) {
      throw new IllegalArgumentException(
          "completed generations must be between 0 and %d, but are %d"
              .formatted(generations(), completed));
    }
  }

  /** Number of generations of all stages. */
  public int generations() {
    return schedule.stream().mapToInt(Stage::generations).sum();
  }

  /** Whether there is no generation left. */
  public boolean finished() {
    return completed == generations();
  }

  /** The search as it stands, a copy. */
  public State state() {
    return new State(completed, strategy.state());
  }

  /**
   * Tries the next generation.
   *
   * @throws IllegalStateException if there is none
   */
  public Generation next() {
    if (finished()) {
      throw new IllegalStateException("the search has made all of its generations");
    }
    int index = stage();
    Stage stage = schedule.get(index);
    List<Gait> gaits = strategy.ask(normal(completed + 1)).stream().map(Gait::fromVector).toList();
    GaitTrials.Outcome outcome = walk(stage, gaits);
    double[] costs = means(outcome.costs(), stage.walks());
    strategy.tell(costs);
    completed++;
    int number = strategy.state().generation();
    if (number == stage.generations()) {
      endStage(index);
    }
    Arrays.sort(costs);
    return new Generation(
        index + 1, number, costs[0], costs[CANDIDATES / 2], outcome.upright(stage.steps()));
  }

  /**
   * Walks the gait that the search has arrived at, as long as the present or last stage asks, from
   * {@link #CANDIDATES} starts that no generation has.
   */
  public GaitTrials.Outcome check() {
    Stage stage = schedule.get(stage());
    long[] seeds = LongStream.range(0, CANDIDATES).map(i -> start(generations() + 1, i)).toArray();
    try (GaitTrials check =
        new GaitTrials(client, environment, parameters, CANDIDATES, stage.steps())) {
      return check.run(Collections.nCopies(CANDIDATES, state().gait()), Reset.seeds(seeds));
    }
  }

  /** All candidates' walks in the generation to come, one candidate after the other. */
  private GaitTrials.Outcome walk(Stage stage, List<Gait> gaits) {
    int walks = stage.walks();
    if (trials == null) {
      trials = new GaitTrials(client, environment, parameters, CANDIDATES * walks, stage.steps());
    }
    List<Gait> repeated = new ArrayList<>();
    for (int i = 0; i < CANDIDATES * walks; i++) {
      repeated.add(gaits.get(i / walks));
    }
    return trials.run(repeated, Reset.seeds(starts(completed + 1, walks)));
  }

  /** Seeds of a generation's initial states: every candidate has the same. */
  long[] starts(int generation, int walks) {
    long[] seeds = new long[CANDIDATES * walks];
    for (int i = 0; i < seeds.length; i++) {
      seeds[i] = start(generation, i % walks);
    }
    return seeds;
  }

  static double[] means(double[] costs, int walks) {
    double[] means = new double[costs.length / walks];
    for (int i = 0; i < costs.length; i++) {
      means[i / walks] += costs[i] / walks;
    }
    return means;
  }

  /** Index of the present stage; of the last one after the end. */
  private int stage() {
    int index = 0;
    int end = schedule.get(0).generations();
    while (completed >= end && index + 1 < schedule.size()) {
      index++;
      end += schedule.get(index).generations();
    }
    return index;
  }

  private void endStage(int index) {
    if (index + 1 < schedule.size()) {
      close();
      double sigma = schedule.get(index + 1).sigma();
      strategy =
          new EvolutionStrategy(
              EvolutionStrategy.State.first(strategy.state().mean(), sigma), CANDIDATES);
    }
  }

  private NormalSampler normal(int generation) {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {seed, generation}));
  }

  /** Seed of a walk's initial state; other generations have others. */
  private long start(int generation, long walk) {
    return (seed * 1_000_003 + generation) * Stage.MOST_WALKS + walk;
  }

  /** Ends the session with the server. */
  @Override
  public void close() {
    if (trials != null) {
      trials.close();
      trials = null;
    }
  }
}
