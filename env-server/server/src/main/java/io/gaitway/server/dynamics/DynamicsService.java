package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DerivativeError;
import io.gaitway.proto.v1.DerivativeSide;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Ending;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Unary;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.task.DerivativeCheck;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The dynamics as functions, over gRPC. Small requests run on the thread that received them. */
public final class DynamicsService extends DynamicsServiceGrpc.DynamicsServiceImplBase {
  private final Catalog catalog;
  private final ServerOptions options;
  private final Workers workers;
  private final Admission admission;

  public DynamicsService(
      Catalog catalog, ServerOptions options, Workers workers, Admission admission) {
    this.catalog = catalog;
    this.options = options;
    this.workers = workers;
    this.admission = admission;
  }

  @Override
  public void evaluate(EvaluateRequest request, StreamObserver<EvaluateResponse> out) {
    Account account = Account.ofCall();
    Transitions transitions;
    try {
      admission.admit();
      Model model = catalog.model(request.hasEnvironment(), request.getEnvironment());
      transitions =
          new Transitions(model, request, options, account, cancellable(out)::isCancelled);
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    Unary.answerOn(
        workers.executor(transitions.work()), out, () -> account.timed(transitions::answer));
  }

  @Override
  public void linearize(LinearizeRequest request, StreamObserver<LinearizeResponse> out) {
    ServerCallStreamObserver<LinearizeResponse> call = cancellable(out);
    Account account = Account.ofCall();
    Linearizations linearizations;
    try {
      admission.admit();
      Model model = catalog.model(request.hasEnvironment(), request.getEnvironment());
      linearizations = new Linearizations(model, request, options, account, call::isCancelled);
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    new ChunkStream<>(
            call,
            linearizations.chunks(),
            chunk -> account.timed(() -> linearizations.chunk(chunk)),
            workers.executor(linearizations.work()),
            workers.count)
        .start();
  }

  @Override
  public void rollout(RolloutRequest request, StreamObserver<RolloutResponse> out) {
    ServerCallStreamObserver<RolloutResponse> call = cancellable(out);
    Account account = Account.ofCall();
    Rollouts rollouts;
    try {
      admission.admit();
      Model model = catalog.model(request.hasEnvironment(), request.getEnvironment());
      rollouts = new Rollouts(model, request, options, account, call::isCancelled);
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    new ChunkStream<>(
            call,
            rollouts.chunks(),
            chunk -> account.timed(() -> rollouts.chunk(chunk)),
            workers.executor(rollouts.work()),
            workers.count)
        .start();
  }

  @Override
  public void sampleInitialStates(
      SampleInitialStatesRequest request, StreamObserver<SampleInitialStatesResponse> out) {
    Unary.answer(
        out,
        () -> {
          admission.admit();
          Model model = catalog.model(request.hasEnvironment(), request.getEnvironment());
          int most = options.maxMessageBytes() / (16 * model.nx);
          Errors.requireRange("count", request.getCount(), 1, most);
          int count = request.getCount();
          double[] states = new double[count * model.nx];
          for (int i = 0; i < count; i++) {
            model.environment.sampleInitialState(
                request.getSeed(), request.getFirstEpisode() + i, states, i * model.nx);
          }
          return SampleInitialStatesResponse.newBuilder()
              .setStates(Codec.tensor(states, count, model.nx))
              .build();
        });
  }

  @Override
  public void checkDerivatives(
      CheckDerivativesRequest request, StreamObserver<CheckDerivativesResponse> out) {
    Model model;
    DerivativeCheck.Knots knots =
        request.getCorners() ? DerivativeCheck.Knots.CORNERS : DerivativeCheck.Knots.RUNS;
    try {
      admission.admit();
      model = catalog.model(request.hasEnvironment(), request.getEnvironment());
      Errors.requireRange("samples", request.getSamples(), 1, Integer.MAX_VALUE);
      long steps = request.getSamples() * DerivativeCheck.stepsPerSample(model.spec, knots);
      if (steps > options.maxStepsPerRequest()) {
        throw Errors.workLimit("samples", steps, options.maxStepsPerRequest());
      }
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    ServerCallStreamObserver<CheckDerivativesResponse> call = cancellable(out);
    Unary.answerOn(
        workers.executor(Long.MAX_VALUE),
        out,
        () ->
            message(
                model,
                DerivativeCheck.sample(
                    model.environment,
                    knots,
                    request.getSeed(),
                    request.getSamples(),
                    call::isCancelled)));
  }

  private static CheckDerivativesResponse message(Model model, DerivativeCheck.Report report) {
    CheckDerivativesResponse.Builder out =
        CheckDerivativesResponse.newBuilder()
            .setSamples(report.samples())
            .setWorst(report.samples() == 0 ? 0 : report.errors().indexOf(report.worst()));
    for (DerivativeCheck.DerivativeError error : report.errors()) {
      out.addErrors(
          DerivativeError.newBuilder()
              .setArray(error.array())
              .setEntry(error.entry())
              .setRow(error.row())
              .setColumn(error.column())
              .setAnalytic(error.analytic())
              .setNumeric(error.numeric())
              .setRelativeError(error.relativeError())
              .setSide(side(error.side()))
              .setKink(error.kink())
              .setSample(error.sample())
              .setState(Codec.tensor(error.state(), model.nx))
              .setAction(Codec.tensor(error.action(), model.nu)));
    }
    return out.build();
  }

  private static DerivativeSide side(DerivativeCheck.Side side) {
    return switch (side) {
      case MEAN -> DerivativeSide.DERIVATIVE_SIDE_MEAN;
      case RIGHT -> DerivativeSide.DERIVATIVE_SIDE_RIGHT;
      case LEFT -> DerivativeSide.DERIVATIVE_SIDE_LEFT;
    };
  }

  /** Every observer that gRPC hands to a service knows whether its call was cancelled. */
  private static <M> ServerCallStreamObserver<M> cancellable(StreamObserver<M> out) {
    return (ServerCallStreamObserver<M>) out;
  }
}
