package io.gaitway.server.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gaitway.proto.v1.Autoreset;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;

/**
 * What the answers to all steps of a batch have in common: the tensors without their bytes, and the
 * bytes of flags that are not set.
 *
 * @param states shape (N, nx)
 * @param costs shape (N); that of rewards too
 * @param flags shape (N)
 * @param state shape (nx)
 * @param costTerms shape (N, terms)
 * @param rewardTerms shape (N, terms)
 * @param rewarded whether the task has rewards of its own
 * @param noFlags N zeros
 */
record AnswerForm(
    Tensor states,
    Tensor costs,
    Tensor flags,
    Tensor state,
    Tensor costTerms,
    Tensor rewardTerms,
    boolean rewarded,
    ByteString noFlags) {
  static AnswerForm of(int n, Model model) {
    int nx = model.nx;
    int terms = model.spec.costTerms().size();
    int rewardTerms = model.spec.rewardTerms().size();
    return new AnswerForm(
        form(DataType.DATA_TYPE_FLOAT64, n, nx),
        form(DataType.DATA_TYPE_FLOAT64, n),
        form(DataType.DATA_TYPE_BOOL, n),
        form(DataType.DATA_TYPE_FLOAT64, nx),
        form(DataType.DATA_TYPE_FLOAT64, n, terms),
        form(DataType.DATA_TYPE_FLOAT64, n, rewardTerms),
        rewardTerms > 0,
        UnsafeByteOperations.unsafeWrap(new byte[n]));
  }

  private static Tensor form(DataType type, long... shape) {
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(type);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor.build();
  }

  /**
   * The answer to the step that a batch has taken last, after which there are {@code steps}; with
   * the terms of costs and rewards if these are asked for.
   */
  StepResponse answer(EnvironmentBatch batch, long steps, boolean withTerms) {
    StepResponse.Builder out =
        StepResponse.newBuilder()
            .setStep(steps)
            .setStates(tensor(states, Codec.bytes(batch.xs)))
            .setCosts(tensor(costs, Codec.bytes(batch.costs)))
            .setTerminated(tensor(flags, bytes(batch.terminated)))
            .setTruncated(tensor(flags, bytes(batch.truncated)));
    ByteString diverged = bytes(batch.diverged);
    if (diverged != noFlags) {
      out.setDiverged(tensor(flags, diverged));
    }
    ByteString clipped = bytes(batch.clipped);
    if (clipped != noFlags) {
      out.setClipped(tensor(flags, clipped));
    }
    if (rewarded) {
      out.setRewards(tensor(costs, Codec.bytes(batch.rewards)));
    }
    if (withTerms) {
      out.setCostTerms(tensor(costTerms, Codec.bytes(batch.costTerms)));
    }
    if (withTerms && rewarded) {
      out.setRewardTerms(tensor(rewardTerms, Codec.bytes(batch.rewardTerms)));
    }
    for (EnvironmentBatch.Reset reset : batch.resets) {
      out.addResets(autoreset(batch, reset));
    }
    return out.build();
  }

  private Autoreset autoreset(EnvironmentBatch batch, EnvironmentBatch.Reset reset) {
    int i = reset.environment();
    Autoreset.Builder autoreset =
        Autoreset.newBuilder()
            .setEnvironment(i)
            .setSeed(batch.seeds[i])
            .setEpisode(batch.episodes[i]);
    if (reset.finalState().length > 0) {
      autoreset.setFinalState(tensor(state, Codec.bytes(reset.finalState())));
    }
    return autoreset.build();
  }

  private static Tensor tensor(Tensor form, ByteString data) {
    return form.toBuilder().setData(data).build();
  }

  /** The bytes of flags; {@link #noFlags} itself if none is set. */
  private ByteString bytes(boolean[] values) {
    for (boolean value : values) {
      if (value) {
        return Codec.bytes(values);
      }
    }
    return noFlags;
  }
}
