package io.gaitway.server.session;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Autoreset;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a step: the bytes of its message, without the message around them, which would take
 * more memory than they do.
 *
 * @param number of the step that it answers; that of the session is one more
 * @param request see {@link AnswerWindow.Kept}
 * @param diverged null if none did
 * @param clipped null if none was
 */
record StepAnswer(
    long number,
    int request,
    ByteString states,
    ByteString costs,
    ByteString terminated,
    ByteString truncated,
    @Nullable ByteString diverged,
    @Nullable ByteString clipped,
    List<Autoreset> resets)
    implements AnswerWindow.Kept {

  /** What the batch's last step did. */
  static StepAnswer of(EnvironmentBatch batch, long number, int request) {
    AnswerForm form = batch.form;
    ByteString none = form.noFlags();
    ByteString diverged = form.flags(batch.diverged);
    ByteString clipped = form.flags(batch.clipped);
    return new StepAnswer(
        number,
        request,
        form.doubles(batch.xs),
        form.doubles(batch.costs),
        form.flags(batch.terminated),
        form.flags(batch.truncated),
        diverged == none ? null : diverged,
        clipped == none ? null : clipped,
        batch.resets.isEmpty() ? List.of() : resets(batch));
  }

  private static List<Autoreset> resets(EnvironmentBatch batch) {
    List<Autoreset> resets = new ArrayList<>(batch.resets.size());
    for (EnvironmentBatch.Reset reset : batch.resets) {
      int i = reset.environment();
      Autoreset.Builder autoreset =
          Autoreset.newBuilder()
              .setEnvironment(i)
              .setSeed(batch.seeds[i])
              .setEpisode(batch.episodes[i]);
      if (reset.finalState().length > 0) {
        autoreset.setFinalState(tensor(batch.form.state(), batch.form.doubles(reset.finalState())));
      }
      resets.add(autoreset.build());
    }
    return resets;
  }

  /** What a message said. */
  static StepAnswer of(StepResponse message, int request) {
    return new StepAnswer(
        message.getStep() - 1,
        request,
        message.getStates().getData(),
        message.getCosts().getData(),
        message.getTerminated().getData(),
        message.getTruncated().getData(),
        message.hasDiverged() ? message.getDiverged().getData() : null,
        message.hasClipped() ? message.getClipped().getData() : null,
        message.getResetsList());
  }

  /** The message; the same bytes each time. */
  StepResponse message(AnswerForm form) {
    StepResponse.Builder out =
        StepResponse.newBuilder()
            .setStep(number + 1)
            .setStates(tensor(form.states(), states))
            .setCosts(tensor(form.costs(), costs))
            .setTerminated(tensor(form.flags(), terminated))
            .setTruncated(tensor(form.flags(), truncated))
            .addAllResets(resets);
    if (diverged != null) {
      out.setDiverged(tensor(form.flags(), diverged));
    }
    if (clipped != null) {
      out.setClipped(tensor(form.flags(), clipped));
    }
    return out.build();
  }

  private static Tensor tensor(Tensor form, ByteString data) {
    return form.toBuilder().setData(data).build();
  }
}
