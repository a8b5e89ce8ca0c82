package io.gaitway.client.evaluation;

import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Descriptions;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.ControlTask;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.RoundActions;
import io.gaitway.proto.v1.RoundStates;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** One Control call, conducted by the thread that made it. */
final class ControlStream implements AutoCloseable {
  private static final String OPERATION = "control of an evaluation";

  /** The end of the call: what the queue holds after the last message. */
  private record End(Status status, Metadata trailers) {}

  private final Calls calls;
  private final String evaluationId;
  private final ClientCall<ControlRequest, ControlResponse> call;

  /** Messages ({@link ControlResponse}), then one {@link End}. */
  private final BlockingQueue<Object> messages = new LinkedBlockingQueue<>();

  private boolean ended;

  /** Attaches to an evaluation. */
  ControlStream(Calls calls, String evaluationId) {
    this.calls = calls;
    this.evaluationId = evaluationId;
    call = calls.open(EvaluationServiceGrpc.getControlMethod(), CallOptions.DEFAULT);
    call.start(
        new ClientCall.Listener<ControlResponse>() {
          @Override
          public void onMessage(ControlResponse message) {
            messages.add(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            messages.add(new End(status, trailers));
          }
        },
        new Metadata());
    // One at a time, so that a server cannot fill the queue.
    call.request(1);
    call.sendMessage(
        ControlRequest.newBuilder()
            .setAttach(Attachment.newBuilder().setEvaluationId(evaluationId))
            .build());
  }

  /** Answers every round until the server ends the call. */
  List<EpisodeResult> run(ControllerFunction controller) {
    List<EpisodeResult> results = new ArrayList<>();
    ControllerFunction.@Nullable Task task = null;
    for (Object next = take(); ; next = take()) {
      if (next instanceof End end) {
        ended = true;
        if (end.status().isOk()) {
          return results;
        }
        throw calls.failure(end.status(), end.trailers(), OPERATION, TimeLimit.NONE);
      }
      call.request(1);
      ControlResponse message = (ControlResponse) next;
      switch (message.getMessageCase()) {
        case TASK -> {
          if (task != null) {
            throw Tensors.answer("a second task came");
          }
          task = task(message.getTask());
          controller.begin(task);
        }
        case STATES -> answer(controller, begun(task), message.getStates());
        case RESULT -> {
          Suite suite = begun(task).evaluation().suite();
          EpisodeResult result = EvaluationCodec.result(message.getResult(), suite);
          results.add(result);
          controller.ended(result);
        }
        case MESSAGE_NOT_SET -> throw Tensors.answer("a message of a control is empty");
      }
    }
  }

  private ControllerFunction.Task task(ControlTask message) {
    EvaluationInfo evaluation = EvaluationCodec.evaluation(message.getEvaluation());
    if (!evaluation.id().equals(evaluationId)) {
      throw Tensors.answer("the task is of another evaluation");
    }
    return new ControllerFunction.Task(
        evaluation, Descriptions.environment(message.getEnvironment()));
  }

  private static ControllerFunction.Task begun(ControllerFunction.@Nullable Task task) {
    if (task == null) {
      throw Tensors.answer("the task did not come first");
    }
    return task;
  }

  private void answer(
      ControllerFunction controller, ControllerFunction.Task task, RoundStates states) {
    ControllerFunction.Round round =
        EvaluationCodec.round(states, task.evaluation().suite(), task.environment().nx());
    int nu = task.environment().nu();
    double[] us = new double[round.size() * nu];
    controller.act(round, us);
    call.sendMessage(
        ControlRequest.newBuilder()
            .setActions(
                RoundActions.newBuilder()
                    .setRound(round.number())
                    .setActions(Tensors.of(us, round.size(), nu)))
            .build());
  }

  private Object take() {
    try {
      return messages.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw calls.cancelled(OPERATION);
    }
  }

  /** Gives control back, if the call has not ended. */
  @Override
  public void close() {
    if (!ended) {
      call.cancel("the controller gave up", null);
    }
  }
}
