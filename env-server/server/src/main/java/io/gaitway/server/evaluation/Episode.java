package io.gaitway.server.evaluation;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Stepper;
import io.gaitway.server.episode.Trajectory;

/** One episode of an evaluation, and what its controller did. Used by one thread at a time. */
final class Episode {
  private final int number;
  private final int beginnings;
  private final Model model;
  private final Trajectory trajectory;

  private ControllerFault fault = ControllerFault.CONTROLLER_FAULT_UNSPECIFIED;
  private String faultDetail = "";
  private int controlledSteps;
  private int clipped;

  /**
   * Begins an episode.
   *
   * @param beginnings how many times it has been begun, this one included
   */
  Episode(SuiteModel suite, int number, int beginnings) {
    this.number = number;
    this.beginnings = beginnings;
    model = suite.model(number);
    trajectory = Trajectory.growing(model, suite.suite().getHorizon());
    suite.initialState(number, trajectory.states());
  }

  int number() {
    return number;
  }

  /** Control steps completed. */
  int steps() {
    return trajectory.steps();
  }

  /** Whether it has come to its end. */
  boolean isOver() {
    return trajectory.isOver();
  }

  /** Copies the state to {@code out} from {@code at} on. */
  void copyState(double[] out, int at) {
    System.arraycopy(trajectory.states(), steps() * model.nx, out, at, model.nx);
  }

  /** Takes the controller's action, {@code nu} entries from {@code at} on, for one step. */
  void act(double[] actions, int at) {
    for (int j = 0; j < model.nu; j++) {
      if (!Double.isFinite(actions[at + j])) {
        fail(
            ControllerFault.CONTROLLER_FAULT_NON_FINITE_ACTION,
            "%s is %s at step %d"
                .formatted(model.spec.action().get(j).name(), actions[at + j], steps()));
        return;
      }
    }
    model.with(
        scratch -> {
          trajectory.advance(new Stepper(model, scratch), actions, at);
          return trajectory;
        });
    controlledSteps = trajectory.steps();
    clipped = trajectory.clipped();
  }

  /** Ends the controller's part: the rest runs with zero actions, to the end. */
  void fail(ControllerFault what, String detail) {
    fault = what;
    faultDetail = detail;
    double[] zeros = new double[model.nu];
    model.with(
        scratch -> {
          Stepper stepper = new Stepper(model, scratch);
          while (!isOver()) {
            trajectory.advance(stepper, zeros, 0);
          }
          return trajectory;
        });
  }

  /** What it came to; it must be over. */
  EpisodeResult result() {
    return EpisodeResult.newBuilder()
        .setEpisode(number)
        .setOutcome(outcome())
        .setFault(fault)
        .setFaultDetail(faultDetail)
        .setSteps(steps())
        .setControlledSteps(controlledSteps)
        .setClipped(clipped)
        .setCost(trajectory.totalCost())
        .setDigest(ByteString.copyFrom(trajectory.digest()))
        .setBeginnings(beginnings)
        .build();
  }

  private EpisodeOutcome outcome() {
    return switch (trajectory.outcome()) {
      case COMPLETED -> EpisodeOutcome.EPISODE_OUTCOME_COMPLETED;
      case TERMINATED -> EpisodeOutcome.EPISODE_OUTCOME_TERMINATED;
      case DIVERGED -> EpisodeOutcome.EPISODE_OUTCOME_DIVERGED;
      case RUNNING -> throw new IllegalStateException("episode " + number + " is still running");
    };
  }
}
