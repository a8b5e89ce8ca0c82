package io.gaitway.client.session;

import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the commands to one session into messages and their answers into records.
 *
 * @param id the session
 * @param size number of environments N
 * @param nx number of state entries
 * @param nu number of action entries
 */
record SessionCodec(String id, int size, int nx, int nu) {

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
        .setLease(duration(options.lease()))
        .setMaxEpisodeSteps(options.maxEpisodeSteps())
        .build();
  }

  static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  StepRequest step(long expectedStep, double[] us) {
    length("us", us.length, size * nu, "(N, nu)");
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
      length("mask", mask.length, size, "(N)");
      builder.setMask(Tensors.of(mask));
    }
    long[] seeds = reset.seeds();
    if (seeds != null) {
      length("seeds", seeds.length, size, "(N)");
      for (long seed : seeds) {
        builder.addSeeds(seed);
      }
    }
    double[] states = reset.states();
    if (states != null) {
      length("states", states.length, size * nx, "(N, nx)");
      builder.setStates(Tensors.of(states, size, nx));
    }
    return builder.build();
  }

  private void length(String name, int actual, int expected, String shape) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          "%s has %d entries; shape %s with N = %d needs %d"
              .formatted(name, actual, shape, size, expected));
    }
  }

  Episodes episodes(ResetResponse response) {
    if (response.getSeedsCount() != size || response.getEpisodesCount() != size) {
      throw Tensors.answer(
          "%d seeds and %d episodes for %d environments"
              .formatted(response.getSeedsCount(), response.getEpisodesCount(), size));
    }
    return new Episodes(
        Tensors.doubles(response.getStates(), "states", size * nx),
        response.getSeedsList().stream().mapToLong(Long::longValue).toArray(),
        response.getEpisodesList().stream().mapToLong(Long::longValue).toArray());
  }

  StepResult result(StepResponse response) {
    List<StepResult.NewEpisode> resets = List.of();
    if (response.getResetsCount() > 0) {
      resets = new ArrayList<>(response.getResetsCount());
      for (io.gaitway.proto.v1.Autoreset reset : response.getResetsList()) {
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
        Tensors.doubles(response.getStates(), "states", size * nx),
        Tensors.doubles(response.getCosts(), "costs", size),
        Tensors.booleans(response.getTerminated(), "terminated", size),
        Tensors.booleans(response.getTruncated(), "truncated", size),
        Tensors.booleans(response.getDiverged(), "diverged", size),
        Tensors.booleans(response.getClipped(), "clipped", size),
        resets);
  }
}
