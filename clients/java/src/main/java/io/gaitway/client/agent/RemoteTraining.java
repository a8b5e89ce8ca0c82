package io.gaitway.client.agent;

import io.gaitway.client.internal.TimeLimit;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.IterateCommand;
import io.gaitway.proto.v1.SaveCommand;
import io.gaitway.proto.v1.TrainRequest;
import io.gaitway.proto.v1.TrainResponse;
import io.gaitway.proto.v1.TrainResponse.MessageCase;
import io.gaitway.proto.v1.TrainingNote;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A training in another process: one command, then one result. Messages are taken one at a time, so
 * that an agent that sends many has to wait; nothing is kept but the result that was asked for.
 */
final class RemoteTraining extends ClientCall.Listener<TrainResponse> implements AgentTraining {
  /** Most notes within {@link #NOTES_PERIOD}. */
  private static final int MAX_NOTES = 10_000;

  private static final TimeLimit NOTES_PERIOD =
      TimeLimit.of("period of notes", Duration.ofSeconds(10));

  private final ClientCall<TrainRequest, TrainResponse> call;
  private final Consumer<AgentNote> notes;
  private final TimeLimit patience;
  private Optional<Trajectory> reference = Optional.empty();

  // Guarded by this.
  private String moment = "";
  private boolean asked;
  private @Nullable TrainResponse answer;
  private @Nullable AgentException fault;
  private boolean closed;
  private long lastSign;
  private long notesSince = System.nanoTime();
  private int notesCounted;

  private RemoteTraining(
      ClientCall<TrainRequest, TrainResponse> call, Consumer<AgentNote> notes, TimeLimit patience) {
    this.call = call;
    this.notes = notes;
    this.patience = patience;
  }

  /** Begins a training on a call that has not been started. */
  static RemoteTraining begin(
      ClientCall<TrainRequest, TrainResponse> call,
      AgentTask task,
      Consumer<AgentNote> notes,
      TimeLimit patience) {
    RemoteTraining training = new RemoteTraining(call, notes, patience);
    call.start(training, new Metadata());
    call.request(1);
    try {
      TrainRequest begin = TrainRequest.newBuilder().setBegin(AgentCodec.encode(task)).build();
      TrainResponse begun = training.ask(begin, MessageCase.BEGUN, "at the beginning");
      if (begun.getBegun().hasReference() && task.checkpoint().length == 0) {
        training.reference =
            Optional.of(AgentCodec.trajectory(begun.getBegun().getReference(), "reference"));
      }
      return training;
    } catch (AgentException e) {
      training.close();
      throw e;
    }
  }

  @Override
  public Optional<Trajectory> reference() {
    return reference;
  }

  @Override
  public Iteration iterate(int iteration) {
    TrainRequest command =
        TrainRequest.newBuilder()
            .setIterate(IterateCommand.newBuilder().setIteration(iteration))
            .build();
    return AgentCodec.decode(
        ask(command, MessageCase.ITERATED, "in iteration " + iteration).getIterated());
  }

  @Override
  public byte[] save() {
    TrainRequest command =
        TrainRequest.newBuilder().setSave(SaveCommand.getDefaultInstance()).build();
    byte[] checkpoint =
        ask(command, MessageCase.SAVED, "while saving").getSaved().getCheckpoint().toByteArray();
    if (checkpoint.length == 0) {
      throw AgentException.contract("saved an empty checkpoint");
    }
    return checkpoint;
  }

  /** Sends a command and waits for its result. */
  private synchronized TrainResponse ask(TrainRequest command, MessageCase wanted, String when) {
    requireSound();
    moment = when;
    asked = true;
    lastSign = System.nanoTime();
    call.sendMessage(command);
    while (answer == null) {
      requireSound();
      long left = patience.nanos() - (System.nanoTime() - lastSign);
      if (left <= 0) {
        fail(
            new AgentException(
                AgentException.Kind.SILENT, AgentClient.silent(moment, patience), null));
      } else {
        await(left);
      }
    }
    TrainResponse result = answer;
    answer = null;
    asked = false;
    if (result.getMessageCase() != wanted) {
      fail(
          AgentException.contract(
              "answered %s with %s instead of %s"
                  .formatted(moment, word(result.getMessageCase()), word(wanted))));
      requireSound();
    }
    return result;
  }

  private void await(long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(new AgentException(AgentException.Kind.INTERRUPTED, "was interrupted " + moment, e));
    }
  }

  private static String word(MessageCase message) {
    return message == MessageCase.MESSAGE_NOT_SET ? "nothing" : "'" + message + "'";
  }

  private void requireSound() {
    if (fault != null) {
      throw fault;
    }
  }

  /** The first fault is the one that is told; the call has no use any more. */
  private synchronized void fail(AgentException first) {
    if (fault == null) {
      fault = first;
      call.cancel(first.getMessage(), null);
    }
    notifyAll();
  }

  @Override
  public void onMessage(TrainResponse message) {
    @Nullable TrainingNote note = receive(message);
    if (note != null) {
      notes.accept(
          new AgentNote(
              note.getText().replaceAll("[\\p{Cntrl}\\s]+", " ").strip(),
              note.hasFraction() ? note.getFraction() : Double.NaN));
    }
    call.request(1);
  }

  /** Takes a message in; it is returned if it is a note to be shown. */
  private synchronized @Nullable TrainingNote receive(TrainResponse message) {
    if (fault != null || closed) {
      return null;
    }
    lastSign = System.nanoTime();
    if (message.hasNote()) {
      if (lastSign - notesSince > NOTES_PERIOD.nanos()) {
        notesSince = lastSign;
        notesCounted = 0;
      }
      if (++notesCounted > MAX_NOTES) {
        fail(
            AgentException.contract(
                "floods this program with notes, more than %d within %s"
                    .formatted(MAX_NOTES, NOTES_PERIOD)));
        return null;
      }
      return message.getNote();
    }
    if (!asked || answer != null) {
      fail(
          AgentException.contract(
              "sent %s that nothing asked for".formatted(word(message.getMessageCase()))));
      return null;
    }
    answer = message;
    notifyAll();
    return null;
  }

  @Override
  public synchronized void onClose(Status status, Metadata trailers) {
    if (fault == null && !closed) {
      fault =
          status.isOk()
              ? AgentException.contract(
                  "ended the training " + (asked ? moment : "without being asked to"))
              : AgentClient.fault(status, moment, patience);
    }
    notifyAll();
  }

  /** Ends the call well, if it still runs; the agent then forgets the training. */
  @Override
  public synchronized void close() {
    if (!closed && fault == null) {
      closed = true;
      call.halfClose();
    }
  }
}
