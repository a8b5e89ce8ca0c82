package io.gaitway.client.session;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.StepUncertainException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps and resets of a session over one stream, answered in order. In lock step ({@link #step},
 * {@link #reset}) it saves most of a call's cost; with commands sent ahead of their answers ({@link
 * #sendStep}, then {@link #receiveStep}) the round trips overlap as well.
 *
 * <p>One thread may send while another receives. A command that the server refuses ends the stream:
 * the commands before it are answered, those behind it are not carried out, and the session stays.
 */
public final class StepStream implements AutoCloseable {
  /** Most commands that may wait for their answers. */
  public static final int MAX_IN_FLIGHT = 1024;

  private enum Kind {
    STEP,
    RESET
  }

  /** The end of the call: what the queue of answers holds after the last one. */
  private record End(Status status, Metadata trailers) {}

  private static final End INTERRUPTED = new End(Status.CANCELLED, new Metadata());

  private final Session session;
  private final Calls calls;
  private final SessionCodec codec;
  private final TimeLimit deadline;
  private final ClientCall<StepStreamRequest, StepStreamResponse> call;

  /** Answers ({@link StepStreamResponse}), then one {@link End}. */
  private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();

  private final Queue<Kind> awaited = new ConcurrentLinkedQueue<>();

  /** Number of steps that the session has carried out for sure. */
  private volatile long steps;

  private volatile int sent;
  private volatile int received;
  private volatile long nextStep;
  private volatile @Nullable GaitwayException failure;
  private volatile boolean ended;

  StepStream(Session session, Calls calls, SessionCodec codec, long step) {
    this.session = session;
    this.calls = calls;
    this.codec = codec;
    nextStep = step;
    steps = step;
    deadline = calls.deadline(codec.size());
    call = calls.open(EnvironmentServiceGrpc.getStepStreamMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<StepStreamResponse>() {
          @Override
          public void onMessage(StepStreamResponse message) {
            answers.add(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            answers.add(new End(status, trailers));
          }
        },
        new Metadata());
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
   * @throws IllegalStateException if {@link #MAX_IN_FLIGHT} commands wait for their answers, or the
   *     stream has ended
   */
  public void sendStep(double[] us) {
    StepRequest step = codec.step(nextStep, us);
    send(StepStreamRequest.newBuilder().setStep(step).build(), Kind.STEP);
    nextStep = step.getExpectedStep() + 1;
  }

  /**
   * Sends a reset.
   *
   * @throws IllegalStateException as {@link #sendStep}
   */
  public void sendReset(Reset reset) {
    ResetRequest message = codec.reset(reset);
    send(StepStreamRequest.newBuilder().setReset(message).build(), Kind.RESET);
  }

  /** Number of commands sent and not yet received the answers of. */
  public int inFlight() {
    return sent - received;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Only the sending thread writes.
  private void send(StepStreamRequest request, Kind kind) {
    if (ended) {
      throw new IllegalStateException("the stream has ended; open another one");
    }
    if (inFlight() >= MAX_IN_FLIGHT) {
      throw new IllegalStateException(
          "%d commands wait for their answers; receive some first".formatted(MAX_IN_FLIGHT));
    }
    awaited.add(kind);
    sent++;
    // As many answers as commands, so that a server cannot fill this queue with others.
    call.request(1);
    call.sendMessage(request);
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
    StepStreamResponse response = receive(Kind.STEP);
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
    StepStreamResponse response = receive(Kind.RESET);
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
      call.cancel("an answer cannot be used", e);
      end();
      throw e;
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Only the receiving thread writes.
  private StepStreamResponse receive(Kind kind) {
    GaitwayException earlier = failure;
    if (earlier != null) {
      throw earlier;
    }
    Kind oldest = awaited.peek();
    if (oldest != kind) {
      throw new IllegalStateException(
          oldest == null
              ? "no command waits for an answer"
              : "the oldest command is a " + oldest.name().toLowerCase(Locale.ROOT));
    }
    Object answer = take();
    if (answer instanceof StepStreamResponse response) {
      awaited.remove();
      received++;
      return response;
    }
    End end = (End) answer;
    GaitwayException fault =
        end.status().isOk() ? Tensors.answer("the stream ended without an answer") : failure(end);
    if (kind == Kind.STEP && Session.leavesOpen(fault)) {
      fault = new StepUncertainException(fault, steps);
    }
    failure = fault;
    end();
    throw fault;
  }

  /** The next answer or the end, which stays; gives the stream up when it takes too long. */
  private Object take() {
    Object answer = poll();
    if (answer instanceof End) {
      answers.add(answer);
    }
    return answer;
  }

  private Object poll() {
    try {
      if (deadline.isNone()) {
        return answers.take();
      }
      Object answer = answers.poll(deadline.nanos(), TimeUnit.NANOSECONDS);
      if (answer != null) {
        return answer;
      }
      call.cancel("no answer within the deadline", null);
      return new End(Status.DEADLINE_EXCEEDED, new Metadata());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      call.cancel("the receiving thread was interrupted", e);
      return INTERRUPTED;
    }
  }

  private void requireNothingInFlight() {
    if (inFlight() != 0) {
      throw new IllegalStateException(
          "%d commands wait for their answers; receive them first".formatted(inFlight()));
    }
  }

  private GaitwayException failure(End end) {
    return end == INTERRUPTED
        ? calls.cancelled("step stream")
        : calls.failure(end.status(), end.trailers(), "step stream", deadline);
  }

  private void end() {
    ended = true;
    session.streamEnded(nextStep, failure != null);
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
    // One more than there are commands: the end comes only behind whatever else was sent.
    call.request(1);
    call.halfClose();
    Object answer = take();
    for (; answer instanceof StepStreamResponse && inFlight() > 0; answer = take()) {
      received++;
    }
    if (answer instanceof End end) {
      if (!end.status().isOk()) {
        failure = failure(end);
      }
    } else {
      failure = Tensors.answer("the stream goes on after the last answer");
      call.cancel("more answers than commands", null);
    }
    end();
  }
}
