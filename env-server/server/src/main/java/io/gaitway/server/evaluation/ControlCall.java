package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.ControlTask;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.RoundActions;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.proto.v1.Suite;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Ending;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.Executor;
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
  private final Executor workers;
  private final Admission admission;
  private final ServerCallStreamObserver<ControlResponse> out;
  private final Runnable onDrain = () -> fail(Errors.draining());

  private boolean attached;
  private boolean closed;
  private String evaluationId = "";
  private @Nullable LiveEvaluation evaluation;

  ControlCall(
      EvaluationRegister register,
      Executor workers,
      Admission admission,
      ServerCallStreamObserver<ControlResponse> out) {
    this.register = register;
    this.workers = workers;
    this.admission = admission;
    this.out = out;
  }

  /** Starts listening; to be called before the service's method returns. */
  void open() {
    out.disableAutoRequest();
    out.setOnCancelHandler(this::leave);
    out.setOnCloseHandler(this::leave);
    out.request(1);
    admission.onDrain(onDrain);
  }

  @Override
  public void onNext(ControlRequest request) {
    LiveEvaluation controlled;
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
    }
    if (controlled != null) {
      RoundActions answer = request.getActions();
      controlled.answer(
          this,
          answer.getRound(),
          (n, nu) -> {
            if (!request.hasActions()) {
              throw new IllegalArgumentException("the message holds no actions");
            }
            try {
              return Codec.rawDoubles("actions.actions", answer.getActions(), n, nu);
            } catch (RequestException e) {
              throw new IllegalArgumentException(e.getMessage(), e);
            }
          });
    }
  }

  private void attach(ControlRequest request) {
    try {
      workers.execute(
          () -> {
            try {
              attachTo(request);
            } catch (Throwable t) {
              fail(t);
            }
          });
    } catch (RejectedExecutionException e) {
      fail(Errors.draining());
    }
  }

  private void attachTo(ControlRequest request) {
    admission.admit();
    if (!request.hasAttach()) {
      throw Errors.missing("attach");
    }
    String id = request.getAttach().getEvaluationId();
    if (id.isEmpty()) {
      throw Errors.missing("attach.evaluation_id");
    }
    Evaluation stored =
        register
            .find(id)
            .orElseThrow(() -> Errors.evaluationNotFound("attach.evaluation_id", id))
            .evaluation();
    if (stored.hasEndTime()) {
      throw Errors.evaluationOver(id);
    }
    SuiteModel suite = suite(stored.getSuite());
    LiveEvaluation ready = register.ready(id, suite);
    synchronized (this) {
      if (closed) {
        ready.stayAway(this);
        return;
      }
      evaluation = ready;
      evaluationId = id;
      // Before the lock is free, so that no departure is dealt with before the arrival.
      ready.attach(this);
    }
  }

  /** The suite of an evaluation, if this server still runs the very same. */
  private SuiteModel suite(Suite expected) {
    SuiteModel suite =
        register
            .suites()
            .find(expected.getId())
            .orElseThrow(() -> Errors.unknownSuite(expected.getId(), register.suites().ids()));
    if (!suite.suite().getDigest().equals(expected.getDigest())) {
      throw Errors.suiteChanged(expected.getId(), expected.getDigest(), suite.suite().getDigest());
    }
    return suite;
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

  /** Asks for the actions of a round. */
  void round(Round round) {
    int n = round.episodes().size();
    send(
        ControlResponse.newBuilder()
            .setStates(
                RoundStates.newBuilder()
                    .setRound(round.number())
                    .addAllEpisodes(round.episodes())
                    .addAllSteps(round.steps())
                    .setStates(Codec.tensor(round.states(), n, round.nx()))));
    out.request(1);
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
