package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.ControlTask;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.RoundActions;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.server.access.Audit;
import io.gaitway.server.access.Caller;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Ending;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One Control call: reads what a controller sends, and tells it what its evaluation says. It asks
 * for a message only when one is due, so that a controller that sends more is held up by its own
 * connection, and holds nothing: when it breaks, the evaluation waits. The evaluation tells things
 * one after another, and none after {@link #completed}, {@link #takenOver}, {@link #fault} or
 * {@link #failed}.
 */
final class ControlCall implements StreamObserver<ControlRequest> {
  private final EvaluationRegister register;
  private final Caller caller;
  private final Admission admission;
  private final ServerCallStreamObserver<ControlResponse> out;
  private final Runnable onDrain = () -> fail(Errors.draining());

  private boolean attached;
  private boolean closed;
  private String evaluationId = "";
  private @Nullable LiveEvaluation evaluation;

  /** The deadline of the last round. */
  private @Nullable ActionDeadline deadline;

  /**
   * Prepares.
   *
   * @param caller who makes the call
   */
  ControlCall(
      EvaluationRegister register,
      Caller caller,
      Admission admission,
      ServerCallStreamObserver<ControlResponse> out) {
    this.register = register;
    this.caller = caller;
    this.admission = admission;
    this.out = out;
  }

  /** Starts listening; to be called before the service's method returns. */
  void open() {
    out.disableAutoRequest();
    // Ready means that the transport has taken everything.
    out.setOnReadyThreshold(1);
    out.setOnReadyHandler(this::handedOver);
    out.setOnCancelHandler(this::leave);
    out.setOnCloseHandler(this::leave);
    out.request(1);
    admission.onDrain(onDrain);
  }

  /** Called when a message has arrived: what is late after this is the server's doing. */
  @Override
  public void onNext(ControlRequest request) {
    LiveEvaluation controlled;
    ActionDeadline limit;
    synchronized (this) {
      if (closed) {
        return;
      }
      if (!attached) {
        attached = true;
        attach(request);
        return;
      }
      controlled = evaluation;
      limit = deadline;
    }
    if (controlled != null && limit != null && limit.decide()) {
      RoundActions answer = request.getActions();
      controlled.answer(this, answer.getRound(), (n, nu) -> actions(request, n, nu));
    }
  }

  private static double[] actions(ControlRequest request, int n, int nu) {
    if (!request.hasActions()) {
      throw new IllegalArgumentException("the message holds no actions");
    }
    try {
      return Codec.rawDoubles("actions.actions", request.getActions().getActions(), n, nu);
    } catch (RequestException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private void attach(ControlRequest request) {
    try {
      admission.admit();
      if (!request.hasAttach()) {
        throw Errors.missing("attach");
      }
      String id = request.getAttach().getEvaluationId();
      if (id.isEmpty()) {
        throw Errors.missing("attach.evaluation_id");
      }
      register
          .ready(id, caller.principal())
          .whenComplete(
              (ready, failure) -> {
                if (failure == null) {
                  Audit.note(caller, "evaluation.controlled", id);
                  attachTo(id, ready);
                } else {
                  fail(Failures.cause(failure));
                }
              });
    } catch (Throwable t) {
      fail(t);
    }
  }

  private synchronized void attachTo(String id, LiveEvaluation ready) {
    if (closed) {
      ready.stayAway();
      return;
    }
    evaluation = ready;
    evaluationId = id;
    // Before the lock is free, so that no departure is dealt with before the arrival.
    ready.attach(this);
  }

  /** Tells what is to be controlled. */
  void task(Evaluation description, SuiteModel suite) {
    send(
        ControlResponse.newBuilder()
            .setTask(
                ControlTask.newBuilder()
                    .setEvaluation(description)
                    .setEnvironment(suite.model(0).message)));
  }

  /** Asks for the actions of a round, and starts its deadline when the transport has the states. */
  void round(Round round, ActionDeadline limit) {
    int n = round.episodes().size();
    send(
        ControlResponse.newBuilder()
            .setStates(
                RoundStates.newBuilder()
                    .setRound(round.number())
                    .addAllEpisodes(round.episodes())
                    .addAllSteps(round.steps())
                    .setStates(Codec.tensor(round.states(), n, round.nx()))));
    synchronized (this) {
      deadline = limit;
    }
    handedOver();
    limit.await();
    out.request(1);
  }

  private void handedOver() {
    ActionDeadline limit;
    synchronized (this) {
      limit = deadline;
    }
    if (limit != null && out.isReady()) {
      limit.start();
    }
  }

  /** Tells that an episode has ended. */
  void result(EpisodeResult result) {
    send(ControlResponse.newBuilder().setResult(result));
  }

  /** Ends the call: the last episode has ended, or the controller gave control back. */
  synchronized void completed() {
    if (!closed) {
      closed = true;
      Ending.complete(out);
    }
  }

  /** Ends the call: another one has attached. */
  void takenOver() {
    fail(Errors.controlTakenOver(evaluationId));
  }

  /** Ends the call for something that the controller did wrong. */
  void fault(ControllerFault fault, String detail, List<Integer> episodes) {
    fail(Errors.controllerFault(fault, detail, episodes));
  }

  /** Ends the call: the evaluation cannot be controlled. */
  void failed(Throwable cause) {
    fail(cause instanceof RejectedExecutionException ? Errors.draining() : cause);
  }

  /** The client will send no more: it gives control back. */
  @Override
  public void onCompleted() {
    LiveEvaluation controlled;
    synchronized (this) {
      controlled = evaluation;
    }
    if (controlled != null) {
      controlled.handBack(this);
    } else {
      completed();
    }
  }

  @Override
  public void onError(Throwable cancelled) {
    leave();
  }

  private void send(ControlResponse.Builder response) {
    try {
      synchronized (this) {
        if (!closed) {
          out.onNext(response.build());
        }
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  private void fail(Throwable cause) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      Ending.fail(out, cause);
    }
    leave();
  }

  private void leave() {
    LiveEvaluation left;
    synchronized (this) {
      closed = true;
      left = evaluation;
      evaluation = null;
    }
    admission.forget(onDrain);
    if (left != null) {
      left.detach(this);
    }
  }
}
