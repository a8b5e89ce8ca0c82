package io.gaitway.client.agent;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.TrainRequest;
import io.gaitway.proto.v1.TrainResponse;
import io.gaitway.proto.v1.TrainingBegun;
import io.gaitway.proto.v1.TrainingNote;
import io.gaitway.proto.v1.TrainingSaved;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** A training on behalf of another process: takes its commands, one after the other. */
final class ServedTraining implements StreamObserver<TrainRequest> {
  private final AgentService agent;
  private final StreamObserver<TrainResponse> responses;
  private final Runnable whenEnded;
  private @Nullable AgentTraining training;
  private boolean ended;

  /**
   * A training that waits for its task.
   *
   * @param whenEnded run once when it has ended, however it ended
   */
  ServedTraining(AgentService agent, StreamObserver<TrainResponse> responses, Runnable whenEnded) {
    this.agent = agent;
    this.responses = responses;
    this.whenEnded = whenEnded;
  }

  @Override
  public void onNext(TrainRequest request) {
    if (ended) {
      return;
    }
    try {
      send(answer(request));
    } catch (RuntimeException e) {
      end();
      synchronized (responses) {
        responses.onError(AgentServer.status(e, request.hasBegin()).asException());
      }
    }
  }

  private TrainResponse answer(TrainRequest request) {
    TrainResponse.Builder response = TrainResponse.newBuilder();
    return switch (request.getCommandCase()) {
      case BEGIN -> response.setBegun(begin(request)).build();
      case ITERATE ->
          response
              .setIterated(AgentCodec.encode(begun().iterate(request.getIterate().getIteration())))
              .build();
      case SAVE ->
          response
              .setSaved(
                  TrainingSaved.newBuilder().setCheckpoint(ByteString.copyFrom(begun().save())))
              .build();
      case COMMAND_NOT_SET ->
          throw new IllegalArgumentException("command is missing; begin, iterate or save");
    };
  }

  private TrainingBegun begin(TrainRequest request) {
    if (training != null) {
      throw new IllegalArgumentException("the training has begun already");
    }
    training = agent.begin(AgentCodec.decode(request.getBegin()), this::note);
    TrainingBegun.Builder begun = TrainingBegun.newBuilder();
    training.reference().map(AgentCodec::encode).ifPresent(begun::setReference);
    return begun.build();
  }

  private AgentTraining begun() {
    if (training == null) {
      throw new IllegalArgumentException("the first command must be begin");
    }
    return training;
  }

  private void note(AgentNote note) {
    TrainingNote.Builder message = TrainingNote.newBuilder().setText(note.text());
    if (!Double.isNaN(note.fraction())) {
      message.setFraction(note.fraction());
    }
    send(TrainResponse.newBuilder().setNote(message).build());
  }

  private void send(TrainResponse response) {
    synchronized (responses) {
      responses.onNext(response);
    }
  }

  @Override
  public void onError(Throwable gone) {
    end();
  }

  @Override
  public void onCompleted() {
    if (!ended) {
      end();
      synchronized (responses) {
        responses.onCompleted();
      }
    }
  }

  private void end() {
    if (!ended) {
      ended = true;
      if (training != null) {
        training.close();
      }
      whenEnded.run();
    }
  }
}
