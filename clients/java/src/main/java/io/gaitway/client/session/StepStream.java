package io.gaitway.client.session;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.StepUncertainException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps and resets of a session over one stream, answered in order. In lock step ({@link #step},
 * {@link #reset}) it saves most of a call's cost; with commands sent ahead of their answers ({@link
 * #sendStep}, then {@link #receiveStep}) the round trips overlap as well.
 *
 * <p>A broken connection shows as a pause: the stream attaches to the session again, for up to six
 * seconds without an answer, and gets every answer, for the server keeps those of the last {@link
 * #window} commands and carries out none twice.
 *
 * <p>One thread may send while another receives. A command that the server refuses ends the stream:
 * the commands before it are answered, those behind it are not carried out, and the session stays.
 */
public final class StepStream implements AutoCloseable {
  private static final String STEP = "step";
  private static final String RESET = "reset";

  private final Session session;
  private final SessionCodec codec;
  private final Attachment attachment;
  private final int window;

  /** Number of steps that the session has carried out for sure. */
  private volatile long steps;

  private volatile long nextStep;
  private volatile long nextReset;
  private volatile @Nullable GaitwayException failure;
  private volatile boolean ended;

  StepStream(Session session, Calls calls, SessionCodec codec, int window, Session.Progress at) {
    this.session = session;
    this.codec = codec;
    this.window = window;
    nextStep = at.steps();
    nextReset = at.resets();
    steps = at.steps();
    attachment = new Attachment(calls, calls.deadline(codec.size()));
  }

  /** Most commands that may wait for their answers: those that the session keeps answers of. */
  public int window() {
    return window;
  }

  /** Advances every environment by one control step: {@link #sendStep} and {@link #receiveStep}. */
  public StepResult step(double[] us) {
    requireNothingInFlight();
    sendStep(us);
    return receiveStep();
  }

  /** Starts new episodes: {@link #sendReset} and {@link #receiveReset}. */
  public Episodes reset(Reset reset) {
    requireNothingInFlight();
    sendReset(reset);
    return receiveReset();
  }

  /**
   * Sends a step.
   *
   * @param us actions, shape (N, nu)
   * @throws IllegalStateException if {@link #window} commands wait for their answers, or the stream
   *     has ended
   */
  public void sendStep(double[] us) {
    StepRequest step = codec.step(nextStep, us);
    send(StepStreamRequest.newBuilder().setStep(step).build());
    nextStep = step.getExpectedStep() + 1;
  }

  /**
   * Sends a reset.
   *
   * @throws IllegalStateException as {@link #sendStep}
   */
  public void sendReset(Reset reset) {
    ResetRequest message = codec.reset(reset).toBuilder().setExpectedReset(nextReset).build();
    send(StepStreamRequest.newBuilder().setReset(message).build());
    nextReset = message.getExpectedReset() + 1;
  }

  /** Number of commands sent and not yet received the answers of. */
  public int inFlight() {
    return attachment.inFlight();
  }

  private void send(StepStreamRequest request) {
    if (ended) {
      throw new IllegalStateException("the stream has ended; open another one");
    }
    if (inFlight() >= window) {
      throw new IllegalStateException(
          "%d commands wait for their answers; receive some first".formatted(window));
    }
    attachment.send(request);
  }

  /**
   * Waits for the answer to the oldest command, which must be a step.
   *
   * @throws StepUncertainException if no answer came: this step and those sent behind it may have
   *     been carried out, which {@link Session#step()} tells
   * @throws GaitwayException if the server refused the command, or the answer cannot be used
   * @throws IllegalStateException if no command waits for an answer, or the oldest is a reset
   */
  public StepResult receiveStep() {
    StepStreamResponse response = receive(STEP);
    return read(
        () -> {
          if (!response.hasStep()) {
            throw Tensors.answer("a step was answered by something else");
          }
          StepResult result = codec.result(response.getStep(), steps + 1);
          steps = result.step();
          return result;
        });
  }

  /**
   * Waits for the answer to the oldest command, which must be a reset.
   *
   * @throws GaitwayException as {@link #receiveStep}
   * @throws IllegalStateException if no command waits for an answer, or the oldest is a step
   */
  public Episodes receiveReset() {
    StepStreamResponse response = receive(RESET);
    return read(
        () -> {
          if (!response.hasReset()) {
            throw Tensors.answer("a reset was answered by something else");
          }
          return codec.episodes(response.getReset());
        });
  }

  /** Reads an answer; one that cannot be used ends the stream, for what follows it has no place. */
  private <A> A read(Supplier<A> reader) {
    try {
      return reader.get();
    } catch (GaitwayException e) {
      failure = e;
      attachment.cancel("an answer cannot be used", e);
      end();
      throw e;
    }
  }

  private StepStreamResponse receive(String kind) {
    GaitwayException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
    StepStreamRequest oldest = attachment.oldest();
    if (oldest == null) {
      throw new IllegalStateException("no command waits for an answer");
    }
    if (oldest.hasStep() != kind.equals(STEP)) {
      throw new IllegalStateException(
          "the oldest command is a " + (oldest.hasStep() ? STEP : RESET));
    }
    try {
      return attachment.receive();
    } catch (GaitwayException e) {
      GaitwayException fault =
          oldest.hasStep() && Session.leavesOpen(e) ? new StepUncertainException(e, steps) : e;
      failure = fault;
      end();
      throw fault;
    }
  }

  private void requireNothingInFlight() {
    if (inFlight() != 0) {
      throw new IllegalStateException(
          "%d commands wait for their answers; receive them first".formatted(inFlight()));
    }
  }

  private void end() {
    ended = true;
    session.streamEnded(new Session.Progress(nextStep, nextReset), failure != null);
  }

  /**
   * Ends the stream, after the commands in flight have been carried out; their answers are dropped.
   * The session stays and knows its step number.
   */
  @Override
  public void close() {
    if (ended) {
      return;
    }
    try {
      attachment.finish();
    } catch (GaitwayException e) {
      failure = e;
    }
    end();
  }
}
