package io.gaitway.client.session;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Commands to a session and their answers, over one call after another: when the connection breaks,
 * it opens the next one and sends what is unanswered again. The server carries out no command
 * twice, as each has its number, and keeps the answers of those that it has carried out.
 *
 * <p>One thread may send while another receives.
 */
final class Attachment {
  /** How often it attaches again without getting an answer in between. */
  private static final int TRIES = 6;

  /** Pause before the first of these, ms; doubled before each further one: 6.3 s in all. */
  private static final long PAUSE_MILLIS = 100;

  private static final String OPERATION = "step stream";

  private final Calls calls;
  private final TimeLimit deadline;
  private final Queue<StepStreamRequest> unanswered = new ConcurrentLinkedQueue<>();
  private volatile Line line;
  private boolean closing;

  /** Attaches; a server that does not answer shows with the first command. */
  Attachment(Calls calls, TimeLimit deadline) {
    this.calls = calls;
    this.deadline = deadline;
    line = new Line();
  }

  /** The end of a call: what the queue of answers holds after the last one. */
  private record End(Status status, Metadata trailers) {}

  /** One call. */
  private final class Line extends ClientCall.Listener<StepStreamResponse> {
    private final ClientCall<StepStreamRequest, StepStreamResponse> call =
        calls.open(EnvironmentServiceGrpc.getStepStreamMethod(), CallOptions.DEFAULT);

    /** Answers ({@link StepStreamResponse}), then one {@link End}. */
    private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();

    Line() {
      call.start(this, new Metadata());
    }

    void send(StepStreamRequest request) {
      // As many answers as commands, so that a server cannot fill this queue with others.
      call.request(1);
      call.sendMessage(request);
    }

    void finish() {
      // One more than there are commands: the end comes only behind whatever else was sent.
      call.request(1);
      call.halfClose();
    }

    @Override
    public void onMessage(StepStreamResponse message) {
      answers.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      answers.add(new End(status, trailers));
    }
  }

  /** Number of commands sent and not yet answered. */
  int inFlight() {
    return unanswered.size();
  }

  /** The oldest command that waits for its answer. */
  @Nullable StepStreamRequest oldest() {
    return unanswered.peek();
  }

  /** Sends a command. */
  synchronized void send(StepStreamRequest command) {
    unanswered.add(command);
    line.send(command);
  }

  /**
   * Waits for the answer to the oldest command.
   *
   * @throws GaitwayException if there will be none
   */
  StepStreamResponse receive() {
    long due = System.nanoTime() + deadline.nanos();
    for (int tried = 0; ; tried++) {
      Object answer = take(due);
      if (answer instanceof StepStreamResponse response) {
        unanswered.remove();
        return response;
      }
      GaitwayException failure = failure((End) answer);
      if (!(failure instanceof UnavailableException) || tried == TRIES) {
        throw failure;
      }
      pause(PAUSE_MILLIS << tried);
      attach();
    }
  }

  /** Opens the next call and sends what is unanswered again. */
  private synchronized void attach() {
    Line next = new Line();
    line = next;
    unanswered.forEach(next::send);
    if (closing) {
      next.finish();
    }
  }

  /**
   * Says that nothing more will be sent, and waits for the answers to the commands in flight, which
   * are dropped, and for the end.
   *
   * @throws GaitwayException if an answer does not come, or more come than were asked for
   */
  void finish() {
    synchronized (this) {
      closing = true;
      line.finish();
    }
    while (!unanswered.isEmpty()) {
      receive();
    }
    if (take(System.nanoTime() + deadline.nanos()) instanceof StepStreamResponse) {
      cancel("more answers than commands", null);
      throw Tensors.answer("the stream goes on after the last answer");
    }
  }

  /** Gives the call up. */
  void cancel(String why, @Nullable Throwable cause) {
    line.call.cancel(why, cause);
  }

  /** The next answer or the end. */
  private Object take(long due) {
    try {
      if (deadline.isNone()) {
        return line.answers.take();
      }
      Object answer = line.answers.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (answer != null) {
        return answer;
      }
      cancel("no answer within the deadline", null);
      return new End(Status.DEADLINE_EXCEEDED, new Metadata());
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private GaitwayException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    cancel("the receiving thread was interrupted", e);
    return calls.cancelled(OPERATION);
  }

  private GaitwayException failure(End end) {
    return end.status().isOk()
        ? Tensors.answer("the stream ended without an answer")
        : calls.failure(end.status(), end.trailers(), OPERATION, deadline);
  }
}
