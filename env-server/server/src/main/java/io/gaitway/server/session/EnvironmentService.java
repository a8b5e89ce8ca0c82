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
import io.gaitway.server.call.Unary;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** Sessions over gRPC. Nothing here waits, so every call runs on the thread that received it. */
public final class EnvironmentService extends EnvironmentServiceGrpc.EnvironmentServiceImplBase {
  private final Catalog catalog;
  private final Sessions sessions;
  private final Admission admission;

  public EnvironmentService(Catalog catalog, Sessions sessions, Admission admission) {
    this.catalog = catalog;
    this.sessions = sessions;
    this.admission = admission;
  }

  @Override
  public void createSession(
      CreateSessionRequest request, StreamObserver<CreateSessionResponse> out) {
    Unary.answer(
        out,
        () -> {
          admission.admit();
          Model model = catalog.model(request.hasEnvironment(), request.getEnvironment());
          LiveSession session = sessions.create(model, SessionMessages.plan(sessions, request));
          return CreateSessionResponse.newBuilder()
              .setSession(SessionMessages.describe(session))
              .build();
        });
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> out) {
    Unary.answer(
        out,
        () ->
            GetSessionResponse.newBuilder()
                .setSession(SessionMessages.describe(sessions.use(request.getSessionId())))
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
              .setExpireTime(Codec.timestamp(session.expiry()))
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
    Unary.answer(
        out,
        () -> {
          admission.admit();
          return SessionMessages.reset(sessions.use(request.getSessionId()), request);
        });
  }

  @Override
  public void step(StepRequest request, StreamObserver<StepResponse> out) {
    Unary.answer(
        out,
        () -> {
          admission.admit();
          return sessions.step(request.getSessionId(), request);
        });
  }

  @Override
  public StreamObserver<StepStreamRequest> stepStream(StreamObserver<StepStreamResponse> out) {
    CommandStream stream =
        new CommandStream(sessions, admission, (ServerCallStreamObserver<StepStreamResponse>) out);
    stream.open();
    return stream;
  }

  @Override
  public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> out) {
    Unary.answer(
        out,
        () ->
            SnapshotResponse.newBuilder()
                .setSnapshot(
                    SessionMessages.snapshot(
                        sessions.use(request.getSessionId()), request.getEnvironmentsList()))
                .build());
  }

  @Override
  public void restore(RestoreRequest request, StreamObserver<RestoreResponse> out) {
    Unary.answer(
        out,
        () -> {
          admission.admit();
          SessionMessages.restore(sessions.use(request.getSessionId()), request);
          return RestoreResponse.getDefaultInstance();
        });
  }

  @Override
  public void fork(ForkRequest request, StreamObserver<ForkResponse> out) {
    Unary.answer(
        out,
        () -> {
          admission.admit();
          LiveSession session = sessions.use(request.getSessionId());
          LiveSession copy = sessions.fork(session, request.getEnvironmentsList());
          return ForkResponse.newBuilder().setSession(SessionMessages.describe(copy)).build();
        });
  }
}
