package io.gaitway.server.dynamics;

import com.google.protobuf.MessageLite;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DerivativeError;
import io.gaitway.proto.v1.DerivativeSide;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Unary;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.pause.Pause;
import io.gaitway.sim.task.DerivativeCheck;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Consumer;

/** The dynamics as functions, over gRPC. */
public final class DynamicsService extends DynamicsServiceGrpc.DynamicsServiceImplBase {
  /** What a server with this service can do beyond the least. */
  public static final List<String> CAPABILITIES =
      List.of(
          "derivatives",
          "derivatives.curvature",
          "derivatives.parameters",
          "rollout.linear_gaussian",
          "rollout.mlp",
          "rollout.open_loop",
          "rollout.drawn_actions",
          "rollout.parameters",
          "check_derivatives",
          "contact_forces");

  /** Most bytes of initial states in one answer. */
  private static final int MAX_SAMPLE_BYTES = 4 << 20;

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
    Job job = Unary.cancelling(out, workers.job());
    withModel(
        out,
        job,
        request,
        request.hasEnvironment(),
        request.getEnvironment(),
        model -> {
          Transitions transitions = new Transitions(model, request, options, account);
          job.require("states", transitions.steps(), transitions.nanos());
          job.place(
              transitions.nanos(),
              transitions.bytes(),
              () -> Unary.answer(out, () -> account.timed(transitions::answer)));
        });
  }

  @Override
  public void linearize(LinearizeRequest request, StreamObserver<LinearizeResponse> out) {
    Account account = Account.ofCall();
    Job job = workers.job();
    ChunkStream<LinearizeResponse> stream = new ChunkStream<>(call(out), job, workers.count);
    withModel(
        out,
        job,
        request,
        request.hasEnvironment(),
        request.getEnvironment(),
        model -> {
          Linearizations knots = new Linearizations(model, request, options, account);
          job.place(
              knots.preparationNanos(),
              0,
              () ->
                  Unary.begin(
                      out,
                      () -> {
                        knots.prepare();
                        job.require("actions", knots.steps(), knots.nanos());
                        stream.start(
                            new ChunkStream.Source<>(
                                knots.chunks(),
                                chunk -> account.timed(() -> knots.chunk(chunk)),
                                knots.nanos(),
                                knots.bytes()));
                      }));
        });
  }

  @Override
  public void rollout(RolloutRequest request, StreamObserver<RolloutResponse> out) {
    Account account = Account.ofCall();
    Job job = workers.job();
    ChunkStream<RolloutResponse> stream = new ChunkStream<>(call(out), job, workers.count);
    withModel(
        out,
        job,
        request,
        request.hasEnvironment(),
        request.getEnvironment(),
        model -> {
          Rollouts rollouts = new Rollouts(model, request, options, account);
          job.require("horizon", rollouts.steps(), rollouts.nanos());
          stream.start(
              new ChunkStream.Source<>(
                  rollouts.chunks(),
                  chunk -> account.timed(() -> rollouts.chunk(chunk)),
                  rollouts.nanos(),
                  rollouts.bytes()));
        });
  }

  @Override
  public void sampleInitialStates(
      SampleInitialStatesRequest request, StreamObserver<SampleInitialStatesResponse> out) {
    Job job = Unary.cancelling(out, workers.job());
    withModel(
        out,
        job,
        request,
        request.hasEnvironment(),
        request.getEnvironment(),
        model -> {
          int rowBytes = Double.BYTES * model.nx;
          int count = request.getCount();
          Errors.requireRange("count", count, 1, MAX_SAMPLE_BYTES / rowBytes);
          job.place(
              count * model.sampleNanos,
              (long) count * rowBytes,
              () -> Unary.answer(out, () -> initialStates(model, request)));
        });
  }

  private static SampleInitialStatesResponse initialStates(
      Model model, SampleInitialStatesRequest request) {
    int count = request.getCount();
    double[] states = new double[count * model.nx];
    for (int i = 0; i < count; i++) {
      Pause.ofThread().point();
      model.environment.sampleInitialState(
          request.getSeed(), request.getFirstEpisode() + i, states, i * model.nx);
    }
    return SampleInitialStatesResponse.newBuilder()
        .setStates(Codec.tensor(states, count, model.nx))
        .build();
  }

  @Override
  public void checkDerivatives(
      CheckDerivativesRequest request, StreamObserver<CheckDerivativesResponse> out) {
    Job job = Unary.cancelling(out, workers.job());
    withModel(
        out,
        job,
        request,
        request.hasEnvironment(),
        request.getEnvironment(),
        model -> {
          DerivativeCheck.Knots knots =
              request.getCorners() ? DerivativeCheck.Knots.CORNERS : DerivativeCheck.Knots.RUNS;
          Errors.requireRange("samples", request.getSamples(), 1, Integer.MAX_VALUE);
          long steps = request.getSamples() * DerivativeCheck.stepsPerSample(model.spec, knots);
          if (steps > options.maxStepsPerRequest()) {
            throw Errors.workLimit("samples", steps, options.maxStepsPerRequest());
          }
          double nanos = steps * (model.stepNanos() + model.linearizeNanos());
          job.require("samples", steps, nanos);
          job.later(
              nanos,
              0,
              () ->
                  Unary.answer(
                      out,
                      () ->
                          message(
                              model,
                              DerivativeCheck.sample(
                                  model.environment,
                                  knots,
                                  request.getSeed(),
                                  request.getSamples()))));
        });
  }

  /** Goes on with a request and its model, unless the server is draining. */
  private void withModel(
      StreamObserver<?> out,
      Job job,
      MessageLite request,
      boolean present,
      EnvironmentRef reference,
      Consumer<Model> then) {
    Unary.begin(
        out,
        () -> {
          admission.admit();
          catalog.withModel(out, job, present, reference, request.getSerializedSize(), then);
        });
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

  /** Every observer that gRPC hands to a service is that of a call. */
  private static <M> ServerCallStreamObserver<M> call(StreamObserver<M> out) {
    return (ServerCallStreamObserver<M>) out;
  }
}
