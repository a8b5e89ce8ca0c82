package io.gaitway.client.internal;

import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.RolloutSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Puts the rollouts of one request together from the parts in which they come. */
public final class RolloutReceiver implements Consumer<RolloutResponse> {
  private final int T;
  private final int nx;
  private final int nu;
  private final int count;
  private final List<Rollout> rollouts;
  private @Nullable Trajectory open;
  private int rows;

  RolloutReceiver(int T, int nx, int nu, int count) {
    this.T = T;
    this.nx = nx;
    this.nu = nu;
    this.count = count;
    rollouts = new ArrayList<>();
  }

  @Override
  public void accept(RolloutResponse response) {
    for (int i = 0; i < response.getPartsCount(); i++) {
      accept(response.getParts(i));
    }
  }

  private void accept(RolloutPart part) {
    if (rollouts.size() == count) {
      throw Tensors.answer("it goes on after the last of %d rollouts".formatted(count));
    }
    if (part.getIndex() != rollouts.size() || part.getFirstRow() != rows) {
      throw Tensors.answer(
          "row %d of rollout %d came where row %d of rollout %d was next"
              .formatted(part.getFirstRow(), part.getIndex(), rows, rollouts.size()));
    }
    Trajectory trajectory = open == null ? new Trajectory(T, nx, nu) : open;
    open = trajectory;
    // The last row of a rollout has no action.
    int n = Tensors.rows(part.getStates(), "states", (part.hasSummary() ? T + 1 : T) - rows);
    int controls = part.hasSummary() ? n - 1 : n;
    if (controls < 0) {
      throw Tensors.answer("the last part of rollout %d is empty".formatted(rollouts.size()));
    }
    Tensors.read(part.getStates(), "states", trajectory.xs, rows * nx, n, nx);
    Tensors.read(part.getActions(), "actions", trajectory.us, rows * nu, controls, nu);
    Tensors.read(part.getCosts(), "costs", trajectory.costs, rows, n);
    rows += n;
    if (part.hasSummary()) {
      finish(trajectory, part.getSummary());
    }
  }

  private void finish(Trajectory trajectory, RolloutSummary summary) {
    int steps = summary.getSteps();
    if (rows != steps + 1) {
      throw Tensors.answer(
          "rollout %d has %d rows for %d steps".formatted(rollouts.size(), rows, steps));
    }
    boolean diverged = summary.getStatus() == RolloutStatus.ROLLOUT_STATUS_DIVERGED;
    boolean terminated = summary.getStatus() == RolloutStatus.ROLLOUT_STATUS_TERMINATED;
    boolean completed = summary.getStatus() == RolloutStatus.ROLLOUT_STATUS_COMPLETED;
    if (!(diverged || terminated || completed && steps == T)) {
      throw Tensors.answer(
          "rollout %d has status %s after %d of %d steps"
              .formatted(rollouts.size(), summary.getStatus(), steps, T));
    }
    if (summary.getClipped() < 0 || summary.getClipped() > steps) {
      throw Tensors.answer(
          "rollout %d has %d clipped steps of %d"
              .formatted(rollouts.size(), summary.getClipped(), steps));
    }
    double terminal = trajectory.costs[steps];
    trajectory.costs[steps] = 0;
    trajectory.costs[T] = terminal;
    rollouts.add(new Rollout(trajectory, steps, diverged, terminated, summary.getClipped()));
    open = null;
    rows = 0;
  }

  /** The rollouts in order; called when the stream has ended well. */
  List<Rollout> finish() {
    if (rollouts.size() != count) {
      throw Tensors.answer("it ended after %d of %d rollouts".formatted(rollouts.size(), count));
    }
    return List.copyOf(rollouts);
  }
}
