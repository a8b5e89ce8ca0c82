package io.gaitway.server.session;

import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.CreateSessionResponse;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.DeleteSessionResponse;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.ForkResponse;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.GetSessionResponse;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.RenewSessionResponse;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.RestoreResponse;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.SnapshotResponse;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.Unary;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.wire.Codec;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Function;

/** Sessions over gRPC. */
public final class EnvironmentService extends EnvironmentServiceGrpc.EnvironmentServiceImplBase {
  /** What a server with this service can do beyond the least. */
  public static final List<String> CAPABILITIES =
      List.of("sessions", "step_stream", "snapshots", "fork");

  /** What an environment of a new session takes, about, ns. */
  private static final double CREATION_NANOS = 1500;

  private final Catalog catalog;
  private final Sessions sessions;
  private final Workers workers;
  private final Admission admission;

  public EnvironmentService(
      Catalog catalog, Sessions sessions, Workers workers, Admission admission) {
    this.catalog = catalog;
    this.workers = workers;
    this.sessions = sessions;
    this.admission = admission;
  }

  @Override
  public void createSession(
      CreateSessionRequest request, StreamObserver<CreateSessionResponse> out) {
    Job job = Unary.cancelling(out, workers.job());
    Unary.begin(
        out,
        () -> {
          admission.admit();
          catalog.withModel(
              out,
              job,
              request.hasEnvironment(),
              request.getEnvironment(),
              request.getSerializedSize(),
              model -> {
                SessionPlan plan = SessionMessages.plan(sessions, request);
                job.place(
                    plan.environments() * CREATION_NANOS,
                    0,
                    () -> Unary.answer(out, () -> created(sessions.create(model, plan))));
              });
        });
  }

  private CreateSessionResponse created(LiveSession session) {
    return CreateSessionResponse.newBuilder()
        .setSession(SessionMessages.describe(sessions, session))
        .build();
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> out) {
    answer(
        request.getSessionId(),
        out,
        LiveSession::placeReset,
        session ->
            GetSessionResponse.newBuilder()
                .setSession(SessionMessages.describe(sessions, session))
                .build());
  }

  @Override
  public void renewSession(RenewSessionRequest request, StreamObserver<RenewSessionResponse> out) {
    Unary.answer(
        out,
        () -> {
          LiveSession session =
              request.hasLease()
                  ? sessions.renew(
                      request.getSessionId(), SessionMessages.lease(sessions, request.getLease()))
                  : sessions.use(request.getSessionId());
          return RenewSessionResponse.newBuilder()
              .setExpireTime(Codec.timestamp(sessions.expireTime(session)))
              .build();
        });
  }

  @Override
  public void deleteSession(
      DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> out) {
    Unary.answer(
        out,
        () -> {
          sessions.delete(request.getSessionId());
          return DeleteSessionResponse.getDefaultInstance();
        });
  }

  @Override
  public void reset(ResetRequest request, StreamObserver<ResetResponse> out) {
    answerAdmitted(
        request.getSessionId(),
        out,
        LiveSession::placeReset,
        session -> SessionMessages.reset(session, request));
  }

  @Override
  public void step(StepRequest request, StreamObserver<StepResponse> out) {
    answerAdmitted(
        request.getSessionId(),
        out,
        LiveSession::placeStep,
        session -> sessions.step(session, request));
  }

  @Override
  public StreamObserver<StepStreamRequest> stepStream(StreamObserver<StepStreamResponse> out) {
    CommandStream stream =
        new CommandStream(
            sessions, admission, workers.job(), (ServerCallStreamObserver<StepStreamResponse>) out);
    stream.open();
    return stream;
  }

  @Override
  public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> out) {
    answer(
        request.getSessionId(),
        out,
        LiveSession::placeReset,
        session ->
            SnapshotResponse.newBuilder()
                .setSnapshot(
                    SessionMessages.snapshot(
                        session, request.getEnvironmentsList(), sessions.maxEnvironments()))
                .build());
  }

  @Override
  public void restore(RestoreRequest request, StreamObserver<RestoreResponse> out) {
    answerAdmitted(
        request.getSessionId(),
        out,
        LiveSession::placeReset,
        session -> {
          SessionMessages.restore(session, request);
          return RestoreResponse.getDefaultInstance();
        });
  }

  @Override
  public void fork(ForkRequest request, StreamObserver<ForkResponse> out) {
    answerAdmitted(
        request.getSessionId(),
        out,
        LiveSession::placeReset,
        session -> {
          LiveSession copy = sessions.fork(session, request.getEnvironmentsList());
          return ForkResponse.newBuilder()
              .setSession(SessionMessages.describe(sessions, copy))
              .build();
        });
  }

  /** What kind of work comes of a session. */
  private interface Placement {
    void place(LiveSession session, Job job, Runnable work);
  }

  /** As {@link #answer}, unless the server is draining. */
  private <M> void answerAdmitted(
      String id, StreamObserver<M> out, Placement placement, Function<LiveSession, M> work) {
    Unary.begin(
        out,
        () -> {
          admission.admit();
          answer(id, out, placement, work);
        });
  }

  /** Answers with what comes of a session, when it is free. */
  private <M> void answer(
      String id, StreamObserver<M> out, Placement placement, Function<LiveSession, M> work) {
    Job job = Unary.cancelling(out, workers.job());
    Unary.begin(
        out,
        () -> {
          LiveSession session = sessions.use(id);
          placement.place(session, job, () -> Unary.answer(out, () -> work.apply(session)));
        });
  }
}
