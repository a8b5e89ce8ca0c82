package io.gaitway.server.evaluation;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Workspace;
import java.util.List;

/** One episode on its way. Used by one thread at a time. */
final class Episode {
  private final int number;
  private final int beginnings;
  private final Environment environment;
  private final Workspace workspace;
  private final int horizon;
  private final int nx;
  private final int nu;
  private final double[] xs;
  private final double[] us;
  private final double[] costs;
  private final double[] u;

  private EpisodeOutcome outcome = EpisodeOutcome.EPISODE_OUTCOME_UNSPECIFIED;
  private ControllerFault fault = ControllerFault.CONTROLLER_FAULT_UNSPECIFIED;
  private String faultDetail = "";
  private int steps;
  private int controlledSteps;
  private int clipped;

  /**
   * Begins an episode.
   *
   * @param beginnings how many times it has been begun, this one included
   * @param workspace of the episode's environment; other episodes may use it in between
   */
  Episode(SuiteModel suite, int number, int beginnings, Workspace workspace) {
    this.number = number;
    this.beginnings = beginnings;
    this.workspace = workspace;
    environment = suite.environments().get(suite.variant(number));
    horizon = suite.suite().getHorizon();
    nx = environment.spec().nx();
    nu = environment.spec().nu();
    xs = new double[(horizon + 1) * nx];
    us = new double[horizon * nu];
    costs = new double[horizon + 1];
    u = new double[nu];
    suite.initialState(number, xs);
  }

  int number() {
    return number;
  }

  /** Control steps completed. */
  int steps() {
    return steps;
  }

  /** Whether it has come to its end. */
  boolean isOver() {
    return outcome != EpisodeOutcome.EPISODE_OUTCOME_UNSPECIFIED;
  }

  /** Copies the state to {@code out} from {@code at} on. */
  void copyState(double[] out, int at) {
    System.arraycopy(xs, steps * nx, out, at, nx);
  }

  /** Takes the controller's action, {@code nu} entries from {@code at} on, for one step. */
  void act(double[] actions, int at) {
    for (int j = 0; j < nu; j++) {
      if (!Double.isFinite(actions[at + j])) {
        fail(
            ControllerFault.CONTROLLER_FAULT_NON_FINITE_ACTION,
            "%s is %s at step %d"
                .formatted(environment.spec().action().get(j).name(), actions[at + j], steps));
        return;
      }
    }
    boolean moved = clip(actions, at);
    int before = steps;
    advance();
    controlledSteps += steps - before;
    clipped += moved ? steps - before : 0;
  }

  /** Ends the controller's part: the rest runs with zero actions, to the end. */
  void fail(ControllerFault what, String detail) {
    fault = what;
    faultDetail = detail;
    double[] zeros = new double[nu];
    while (!isOver()) {
      clip(zeros, 0);
      advance();
    }
  }

  /** Moves an action to its bounds, into {@link #u}; true if an entry was moved. */
  private boolean clip(double[] actions, int at) {
    List<EnvironmentSpec.ActionEntry> bounds = environment.spec().action();
    boolean moved = false;
    for (int j = 0; j < nu; j++) {
      double value = actions[at + j];
      // Not min and max: those would turn a −0 into a 0.
      if (value < bounds.get(j).lower()) {
        value = bounds.get(j).lower();
        moved = true;
      } else if (value > bounds.get(j).upper()) {
        value = bounds.get(j).upper();
        moved = true;
      }
      u[j] = value;
    }
    return moved;
  }

  /** Charges and steps with {@link #u}, as a rollout does. */
  private void advance() {
    int t = steps;
    double cost = environment.cost(workspace, xs, t * nx, u, 0);
    if (!Double.isFinite(cost)
        || !environment.step(workspace, xs, t * nx, u, 0, xs, (t + 1) * nx)
        || !isFinite(xs, (t + 1) * nx, nx)) {
      outcome = EpisodeOutcome.EPISODE_OUTCOME_DIVERGED;
      costs[t] = Double.POSITIVE_INFINITY;
      return;
    }
    System.arraycopy(u, 0, us, t * nu, nu);
    costs[t] = cost;
    steps = t + 1;
    if (environment.terminated(xs, steps * nx)) {
      outcome = EpisodeOutcome.EPISODE_OUTCOME_TERMINATED;
    } else if (steps == horizon) {
      outcome = EpisodeOutcome.EPISODE_OUTCOME_COMPLETED;
    }
    if (isOver()) {
      costs[steps] =
          environment.terminalCost(workspace, xs, steps * nx)
              + (horizon - steps) * environment.spec().terminationCost();
    }
  }

  private static boolean isFinite(double[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      if (!Double.isFinite(values[i])) {
        return false;
      }
    }
    return true;
  }

  /** What it came to; it must be over. */
  EpisodeResult result() {
    double total = 0;
    for (int t = 0; t <= steps; t++) {
      total += costs[t];
    }
    return EpisodeResult.newBuilder()
        .setEpisode(number)
        .setOutcome(outcome)
        .setFault(fault)
        .setFaultDetail(faultDetail)
        .setSteps(steps)
        .setControlledSteps(controlledSteps)
        .setClipped(clipped)
        .setCost(total)
        .setDigest(ByteString.copyFrom(TrajectoryDigest.of(steps, xs, nx, us, nu, costs)))
        .setBeginnings(beginnings)
        .build();
  }
}
