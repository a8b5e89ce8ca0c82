package io.gaitway.client.session;

import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.Times;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.SnapshotResponse;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the commands to one session into messages and their answers into records.
 *
 * @param id the session
 * @param size number of environments N
 * @param nx number of state entries
 * @param nu number of action entries
 * @param rewarded whether the environment has rewards of its own
 */
record SessionCodec(String id, int size, int nx, int nu, boolean rewarded) {

  static CreateSessionRequest create(EnvironmentRef ref, SessionOptions options) {
    return CreateSessionRequest.newBuilder()
        .setEnvironment(ref)
        .setNumEnvironments(options.environments())
        .setAutoresetMode(
            switch (options.autoreset()) {
              case NEXT_STEP -> AutoresetMode.AUTORESET_MODE_NEXT_STEP;
              case SAME_STEP -> AutoresetMode.AUTORESET_MODE_SAME_STEP;
              case DISABLED -> AutoresetMode.AUTORESET_MODE_DISABLED;
            })
        .setBoundsMode(
            switch (options.bounds()) {
              case REJECT -> BoundsMode.BOUNDS_MODE_REJECT;
              case CLIP -> BoundsMode.BOUNDS_MODE_CLIP;
            })
        .setLease(Times.encode(options.lease()))
        .setMaxEpisodeSteps(options.maxEpisodeSteps())
        .build();
  }

  StepRequest step(long expectedStep, double[] us) {
    length("us", us.length, "(N, nu)", nu);
    return StepRequest.newBuilder()
        .setSessionId(id)
        .setExpectedStep(expectedStep)
        .setActions(Tensors.of(us, size, nu))
        .build();
  }

  ResetRequest reset(Reset reset) {
    ResetRequest.Builder builder = ResetRequest.newBuilder().setSessionId(id);
    boolean[] mask = reset.mask();
    if (mask != null) {
      length("mask", mask.length, "(N)", 1);
      builder.setMask(Tensors.of(mask));
    }
    long[] seeds = reset.seeds();
    if (seeds != null) {
      length("seeds", seeds.length, "(N)", 1);
      for (long seed : seeds) {
        builder.addSeeds(seed);
      }
    }
    double[] states = reset.states();
    if (states != null) {
      length("states", states.length, "(N, nx)", nx);
      builder.setStates(Tensors.of(states, size, nx));
    }
    return builder.build();
  }

  private void length(String name, int actual, String shape, int columns) {
    long expected = (long) size * columns;
    if (actual != expected) {
      throw new IllegalArgumentException(
          "%s must have shape %s with N = %d, in all %d entries, but has %d"
              .formatted(name, shape, size, expected, actual));
    }
  }

  Episodes episodes(ResetResponse response) {
    if (response.getSeedsCount() != size || response.getEpisodesCount() != size) {
      throw Tensors.answer(
          "%d seeds and %d episodes for %d environments"
              .formatted(response.getSeedsCount(), response.getEpisodesCount(), size));
    }
    return new Episodes(
        Tensors.doubles(response.getStates(), "states", size, nx),
        response.getSeedsList().stream().mapToLong(Long::longValue).toArray(),
        response.getEpisodesList().stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * Reads the answer to a step.
   *
   * @param step number of steps carried out with it
   */
  StepResult result(StepResponse response, long step) {
    if (response.getStep() != step) {
      throw Tensors.answer(
          "step %s was answered instead of step %s"
              .formatted(Long.toUnsignedString(response.getStep()), Long.toUnsignedString(step)));
    }
    List<StepResult.NewEpisode> resets = List.of();
    if (response.getResetsCount() > 0) {
      resets = new ArrayList<>(response.getResetsCount());
      for (io.gaitway.proto.v1.Autoreset reset : response.getResetsList()) {
        if (reset.getEnvironment() < 0 || reset.getEnvironment() >= size) {
          throw Tensors.answer(
              "environment %d of %d was reset".formatted(reset.getEnvironment(), size));
        }
        resets.add(
            new StepResult.NewEpisode(
                reset.getEnvironment(),
                reset.getSeed(),
                reset.getEpisode(),
                reset.hasFinalState()
                    ? Tensors.doubles(reset.getFinalState(), "final_state", nx)
                    : new double[0]));
      }
    }
    return new StepResult(
        response.getStep(),
        Tensors.doubles(response.getStates(), "states", size, nx),
        Tensors.doubles(response.getCosts(), "costs", size),
        rewarded ? Tensors.doubles(response.getRewards(), "rewards", size) : new double[0],
        Tensors.booleans(response.getTerminated(), "terminated", size),
        Tensors.booleans(response.getTruncated(), "truncated", size),
        Tensors.booleans(response.getDiverged(), "diverged", size),
        Tensors.booleans(response.getClipped(), "clipped", size),
        resets);
  }

  /**
   * Reads a snapshot.
   *
   * @param environments number of environments asked for
   */
  Snapshot snapshot(SnapshotResponse response, int environments, String modelDigest) {
    EnvironmentSnapshot message = response.getSnapshot();
    @Nullable String problem = Snapshot.problem(message);
    if (problem == null && message.getSeedsCount() != environments) {
      problem =
          "it is of %d environments instead of %d".formatted(message.getSeedsCount(), environments);
    }
    if (problem == null && !message.getModelDigest().equals(modelDigest)) {
      problem = "it is of another model";
    }
    if (problem != null) {
      throw Tensors.answer(problem);
    }
    return new Snapshot(message);
  }
}
