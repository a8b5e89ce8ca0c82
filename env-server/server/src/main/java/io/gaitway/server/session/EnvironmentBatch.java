package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Stepper;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * N environments of one model that are stepped together: their states, seeds, episodes and flags,
 * and what happens when an episode is over. Used by one thread at a time. The arrays are the
 * batch's own: copy what you want to keep.
 */
public final class EnvironmentBatch {
  /** Time below which a part of a step is not worth a hand-over to another thread, ns. */
  private static final double PART_NANOS = 150_000;

  /** Weight of the last step in the running mean of times. */
  private static final double FORGETTING = 0.05;

  final Model model;
  private final int terms;
  private final int rewardCount;
  final int size;
  final AutoresetMode autoreset;
  final int maxEpisodeSteps;

  /** What the answers to its steps have in common. */
  final AnswerForm form;

  /** States, shape (N, nx). */
  public final double[] xs;

  /** Seeds in force and episode numbers. */
  final long[] seeds;

  final long[] episodes;

  /** Control steps since the episode's start. */
  final int[] episodeSteps;

  /** What the episode's actions have cost, see {@link Stepper#actionCost}. */
  final double[] actionCosts;

  /** Whether there was a reset at all; until then {@link #xs} holds the mean initial state. */
  final boolean[] started;

  /** Whether the episode is over and waits for a reset. */
  final boolean[] finished;

  // What the last step did; shape (N).
  public final double[] costs;

  /** Rewards, where the task has any of its own. */
  final double[] rewards;

  /** Terms of the running costs, without charges, shape (N, terms). */
  final double[] costTerms;

  /** Terms of the rewards, shape (N, terms). */
  final double[] rewardTerms;

  public final boolean[] terminated;
  public final boolean[] truncated;
  final boolean[] diverged;
  final boolean[] clipped;
  final List<Reset> resets = new ArrayList<>();

  /** How long the last steps of single environments took, a running mean, ns. */
  private double nanos;

  /**
   * An episode that autoreset started; the last state of the one before, or an empty array if there
   * was no step.
   */
  record Reset(int environment, double[] finalState) {}

  EnvironmentBatch(Model model, int size, AutoresetMode autoreset, int maxEpisodeSteps) {
    this.model = model;
    this.size = size;
    this.autoreset = autoreset;
    this.maxEpisodeSteps = maxEpisodeSteps;
    form = AnswerForm.of(size, model);
    xs = new double[size * model.nx];
    seeds = new long[size];
    episodes = new long[size];
    episodeSteps = new int[size];
    actionCosts = new double[size];
    started = new boolean[size];
    finished = new boolean[size];
    costs = new double[size];
    rewards = new double[size];
    terms = model.spec.costTerms().size();
    costTerms = new double[size * terms];
    rewardCount = model.spec.rewardTerms().size();
    rewardTerms = new double[size * rewardCount];
    terminated = new boolean[size];
    truncated = new boolean[size];
    diverged = new boolean[size];
    clipped = new boolean[size];
    List<Double> mean = model.spec.initialState().mean();
    for (int i = 0; i < xs.length; i++) {
      xs[i] = mean.get(i % model.nx);
    }
  }

  /** Puts a seed in force, at the episode before its first. */
  void seed(int i, long seed) {
    seeds[i] = seed;
    episodes[i] = -1;
  }

  /** Starts the next episode of the seed in force. */
  void reset(int i) {
    episodes[i]++;
    episodeSteps[i] = 0;
    actionCosts[i] = 0;
    started[i] = true;
    finished[i] = false;
    model.environment.sampleInitialState(seeds[i], episodes[i], xs, i * model.nx);
  }

  /** Has parts of a computation done, on several threads if it has them. */
  interface Sharing {
    /** Does parts 0 to {@code parts} − 1, each once and in any order. */
    void run(int parts, IntConsumer part);
  }

  /** What a part of the environments did; {@code steps} and {@code resets} as for the whole. */
  private record Part(int steps, List<Reset> resets, long nanos) {}

  /**
   * Advances every environment. What comes of it does not depend on how the work is shared.
   *
   * @param us actions, shape (N, nu), within the bounds where the session rejects others
   * @return the number of environments that completed a control step: not those that diverged or
   *     whose next episode was started instead
   * @throws RequestException if one needs a reset first; nothing has changed then
   */
  int step(double[] us, Sharing sharing) {
    for (int i = 0; i < size; i++) {
      if (!started[i] || (finished[i] && autoreset == AutoresetMode.AUTORESET_MODE_DISABLED)) {
        throw Errors.needsReset(i);
      }
    }
    Arrays.fill(terminated, false);
    Arrays.fill(truncated, false);
    Arrays.fill(diverged, false);
    Arrays.fill(clipped, false);
    Part[] parts = new Part[(int) Math.max(1, Math.min(size, size * nanos / PART_NANOS))];
    sharing.run(
        parts.length,
        p -> {
          int from = (int) ((long) size * p / parts.length);
          int to = (int) ((long) size * (p + 1) / parts.length);
          parts[p] = model.with(scratch -> step(scratch, from, to, us));
        });
    resets.clear();
    int steps = 0;
    long took = 0;
    for (Part part : parts) {
      resets.addAll(part.resets());
      steps += part.steps();
      took += part.nanos();
    }
    nanos += FORGETTING * ((double) took / size - nanos);
    return steps;
  }

  private Part step(Model.Scratch scratch, int from, int to, double[] us) {
    long began = System.nanoTime();
    List<Reset> ended = new ArrayList<>();
    int steps = 0;
    Stepper stepper = new Stepper(model, scratch);
    for (int i = from; i < to; i++) {
      steps += step(stepper, scratch.x, i, us, ended) ? 1 : 0;
    }
    return new Part(steps, ended, System.nanoTime() - began);
  }

  /** Whether the next step will ignore the action of an environment. */
  boolean ignoresAction(int i) {
    return finished[i];
  }

  /** Advances one environment; true if it completed a control step. Uses {@code next}. */
  private boolean step(Stepper stepper, double[] next, int i, double[] us, List<Reset> ended) {
    if (finished[i]) {
      costs[i] = 0;
      rewards[i] = 0;
      Arrays.fill(costTerms, i * terms, (i + 1) * terms, 0);
      Arrays.fill(rewardTerms, i * rewardCount, (i + 1) * rewardCount, 0);
      reset(i);
      ended.add(new Reset(i, new double[0]));
      return false;
    }
    int nx = model.nx;
    diverged[i] = !stepper.step(xs, i * nx, us, i * model.nu, next, 0);
    clipped[i] = stepper.clipped();
    costs[i] = stepper.cost();
    stepper.costTerms(costTerms, i * terms);
    episodeSteps[i]++;
    if (diverged[i]) {
      rewards[i] = 0;
      Arrays.fill(rewardTerms, i * rewardCount, (i + 1) * rewardCount, 0);
    } else {
      rewards[i] = stepper.reward(xs, i * nx, next, 0);
      stepper.rewardTerms(rewardTerms, i * rewardCount);
      actionCosts[i] += stepper.actionCost(xs, i * nx);
      System.arraycopy(next, 0, xs, i * nx, nx);
      terminated[i] = stepper.terminated(xs, i * nx);
    }
    if (terminated[i]) {
      costs[i] +=
          stepper.missedSteps(maxEpisodeSteps - episodeSteps[i], episodeSteps[i], actionCosts[i]);
    }
    truncated[i] = diverged[i] || episodeSteps[i] >= maxEpisodeSteps;
    if (terminated[i] || truncated[i]) {
      finished[i] = true;
      if (autoreset == AutoresetMode.AUTORESET_MODE_SAME_STEP) {
        double[] last = Arrays.copyOfRange(xs, i * nx, (i + 1) * nx);
        reset(i);
        ended.add(new Reset(i, last));
      }
    }
    return !diverged[i];
  }

  /** Takes over environment {@code from} of another batch of the same model. */
  void copy(int to, EnvironmentBatch other, int from) {
    System.arraycopy(other.xs, from * model.nx, xs, to * model.nx, model.nx);
    seeds[to] = other.seeds[from];
    episodes[to] = other.episodes[from];
    episodeSteps[to] = other.episodeSteps[from];
    actionCosts[to] = other.actionCosts[from];
    started[to] = other.started[from];
    finished[to] = other.finished[from];
  }

  /** The arrays that hold what the environments are at; the batch's own. */
  SessionRecord.EnvironmentArrays arrays() {
    return new SessionRecord.EnvironmentArrays(
        xs, seeds, episodes, episodeSteps, actionCosts, started, finished);
  }

  /** Takes over what environments were at, of a batch of the same model and size. */
  void resume(SessionRecord.EnvironmentArrays arrays) {
    System.arraycopy(arrays.xs(), 0, xs, 0, xs.length);
    System.arraycopy(arrays.seeds(), 0, seeds, 0, size);
    System.arraycopy(arrays.episodes(), 0, episodes, 0, size);
    System.arraycopy(arrays.episodeSteps(), 0, episodeSteps, 0, size);
    System.arraycopy(arrays.actionCosts(), 0, actionCosts, 0, size);
    System.arraycopy(arrays.started(), 0, started, 0, size);
    System.arraycopy(arrays.finished(), 0, finished, 0, size);
  }
}
