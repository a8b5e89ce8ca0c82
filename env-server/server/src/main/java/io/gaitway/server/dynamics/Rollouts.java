package io.gaitway.server.dynamics;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.RolloutSummary;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.episode.Stepper;
import io.gaitway.server.episode.Trajectory;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.TensorBuffer;
import java.util.ArrayList;
import java.util.List;

/** One Rollout request, read and checked: runs its rollouts in any order. */
final class Rollouts {
  /** Bytes that a message is made to have at most. */
  private static final int MESSAGE_BYTES = 512 << 10;

  private static final int SUMMARY_BYTES = 100;

  /** Work below which a chunk of its own is not worth while, ns. */
  private static final double LEAST_CHUNK_NANOS = 50_000;

  private final Model model;
  private final int nx;
  private final int nu;
  private final int T;
  private final double[] starts;
  private final List<ControlLaw> laws = new ArrayList<>();
  private final List<Long> seeds;
  private final List<Double> stepSizes;
  private final boolean trajectories;
  private final boolean digests;
  private final boolean drawnActions;
  private final int count;
  private final int perChunk;
  private final Account account;

  /**
   * Reads a request.
   *
   * @param account what the work is counted for
   */
  Rollouts(Model model, RolloutRequest request, ServerOptions options, Account account) {
    this.model = model;
    this.account = account;
    nx = model.nx;
    nu = model.nu;
    Errors.requireRange("horizon", request.getHorizon(), 1, options.maxHorizon());
    T = request.getHorizon();
    starts = Codec.doubles("initial_states", request.getInitialStates(), Codec.ANY, nx);
    long states = request.getInitialStates().getShape(0);
    Errors.requireRange("initial_states (rows)", states, 1, Integer.MAX_VALUE);
    if (request.getControllersCount() == 0) {
      throw Errors.missing("controllers");
    }
    seeds = request.getSeedsList();
    stepSizes = request.getStepSizesCount() == 0 ? List.of(1.0) : request.getStepSizesList();
    count = count(request, states, options.maxStepsPerRequest());
    for (int i = 0; i < stepSizes.size(); i++) {
      if (!Double.isFinite(stepSizes.get(i))) {
        throw Errors.nonFinite("step_sizes", i, stepSizes.get(i));
      }
    }
    for (int i = 0; i < request.getControllersCount(); i++) {
      laws.add(
          ControlLaws.read("controllers[%d]".formatted(i), request.getControllers(i), model, T));
    }
    trajectories =
        Errors.requireKnown("detail", request.getDetail(), request.getDetailValue())
            != RolloutDetail.ROLLOUT_DETAIL_SUMMARY;
    digests = request.getWithDigest();
    drawnActions = request.getDrawnActions();
    // Enough chunks to keep every worker busy, and few enough that sending them costs little.
    int fits = trajectories ? Math.max(1, MESSAGE_BYTES / ((T + 1) * rowBytes())) : 1024;
    int enough = (int) Math.min(count, Math.ceil(LEAST_CHUNK_NANOS * count / nanos()));
    perChunk = Math.max(1, Math.min(fits, Math.max(enough, count / (4 * options.threads()))));
  }

  private int count(RolloutRequest request, long states, long limit) {
    double rollouts =
        (double) states
            * request.getControllersCount()
            * Math.max(1, seeds.size())
            * stepSizes.size();
    if (rollouts * T > limit) {
      throw Errors.workLimit("horizon", (long) (rollouts * T), limit);
    }
    return (int) rollouts;
  }

  private int rowBytes() {
    return Double.BYTES * (nx + nu + 1);
  }

  /** Number of chunks. */
  int chunks() {
    return (count + perChunk - 1) / perChunk;
  }

  /** Number of control steps. */
  long steps() {
    return (long) count * T;
  }

  /** How long the whole request will take, about, ns. */
  double nanos() {
    double law = laws.stream().mapToDouble(ControlLaw::nanos).average().orElse(0);
    return (double) count * T * (model.stepNanos() + law);
  }

  /** Size of the whole answer. */
  long bytes() {
    return (long) count * (SUMMARY_BYTES + (trajectories ? (long) (T + 1) * rowBytes() : 0));
  }

  /** Runs the rollouts of a chunk and returns its messages. */
  List<RolloutResponse> chunk(int index) {
    int first = index * perChunk;
    int last = Math.min(count, first + perChunk);
    List<RolloutResponse> messages = new ArrayList<>();
    RolloutResponse.Builder message = RolloutResponse.newBuilder();
    for (int i = first; i < last; i++) {
      Run run = new Run(i);
      model.with(
          scratch -> {
            run.run(scratch);
            account.countRollout(run.trajectory.steps());
            return run;
          });
      List<RolloutPart> parts = run.parts();
      for (int p = 0; p < parts.size(); p++) {
        message.addParts(parts.get(p));
        if (p + 1 < parts.size()) {
          messages.add(message.build());
          message = RolloutResponse.newBuilder();
        }
      }
    }
    messages.add(message.build());
    return messages;
  }

  /** One rollout. */
  private final class Run {
    final int index;
    final Trajectory trajectory = Trajectory.whole(model, T, drawnActions);

    Run(int index) {
      this.index = index;
    }

    void run(Model.Scratch scratch) {
      int rest = index;
      final double stepSize = stepSizes.get(rest % stepSizes.size());
      rest /= stepSizes.size();
      final long seed = seeds.isEmpty() ? 0 : seeds.get(rest % seeds.size());
      rest /= Math.max(1, seeds.size());
      final ControlLaw law = laws.get(rest % laws.size());
      rest /= laws.size();
      double[] xs = trajectory.states();
      System.arraycopy(starts, rest * nx, xs, 0, nx);

      boolean withNoise = !seeds.isEmpty() && law.noisy();
      double[] memory = new double[law.scratch()];
      double[] u = scratch.u;
      Stepper stepper = new Stepper(model, scratch);
      while (!trajectory.isOver()) {
        int t = trajectory.steps();
        if (withNoise) {
          scratch.noise.start(seed, 0, t);
        }
        law.act(t, xs, t * nx, stepSize, withNoise, scratch.noise, memory, u);
        trajectory.advance(stepper, u, 0);
      }
    }

    List<RolloutPart> parts() {
      RolloutSummary summary = summary();
      if (!trajectories) {
        return List.of(RolloutPart.newBuilder().setIndex(index).setSummary(summary).build());
      }
      double[] xs = trajectory.states();
      double[] us = trajectory.actions();
      double[] costs = trajectory.costs();
      int steps = trajectory.steps();
      List<RolloutPart> parts = new ArrayList<>();
      int most = Math.max(1, MESSAGE_BYTES / rowBytes());
      for (int row = 0; row <= steps; row += most) {
        int rows = Math.min(most, steps + 1 - row);
        boolean last = row + rows == steps + 1;
        int actions = last ? rows - 1 : rows;
        RolloutPart.Builder part =
            RolloutPart.newBuilder()
                .setIndex(index)
                .setFirstRow(row)
                .setStates(new TensorBuffer(rows, nx).put(xs, row * nx, rows * nx).finish())
                .setActions(new TensorBuffer(actions, nu).put(us, row * nu, actions * nu).finish())
                .setCosts(new TensorBuffer(rows).put(costs, row, rows).finish());
        if (last) {
          part.setSummary(summary);
        }
        parts.add(part.build());
      }
      return parts;
    }

    private RolloutSummary summary() {
      RolloutSummary.Builder summary =
          RolloutSummary.newBuilder()
              .setStatus(status())
              .setSteps(trajectory.steps())
              .setClipped(trajectory.clipped())
              .setTotalCost(trajectory.totalCost());
      if (digests) {
        summary.setDigest(ByteString.copyFrom(trajectory.digest()));
      }
      return summary.build();
    }

    private RolloutStatus status() {
      return switch (trajectory.outcome()) {
        case COMPLETED -> RolloutStatus.ROLLOUT_STATUS_COMPLETED;
        case TERMINATED -> RolloutStatus.ROLLOUT_STATUS_TERMINATED;
        case DIVERGED -> RolloutStatus.ROLLOUT_STATUS_DIVERGED;
        // Cancelled: nobody reads this.
        case RUNNING -> RolloutStatus.ROLLOUT_STATUS_UNSPECIFIED;
      };
    }
  }
}
