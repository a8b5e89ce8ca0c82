package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.RemoveEvaluationRequest;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.access.Access;
import io.gaitway.server.access.Scope;
import io.gaitway.server.access.TokenFile;
import io.gaitway.server.access.Tokens;
import io.gaitway.sim.task.Environments;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What belongs to somebody is not there for others. */
@Timeout(60)
class OwnershipTest {
  private static final String NO_SUCH_ID = "AAAAAAAAAAAAAAAAAAAAAA";

  @TempDir private Path directory = Path.of("");

  private TokenFile file = new TokenFile(directory);
  private Tokens tokens;
  private Rig nobody;
  private Rig ann;
  private Rig bob;
  private Rig admin;
  private Channel annsCalls;
  private Channel bobsCalls;
  private Channel adminsCalls;

  @BeforeEach
  void start() throws Exception {
    file = new TokenFile(directory.resolve("tokens.json"));
    tokens = Tokens.of(file);
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .access(Access.local(tokens))
            .start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    nobody =
        Rig.on(server, NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext());
    annsCalls = calls("ann", Scope.SIMULATE, Scope.EVALUATE);
    bobsCalls = calls("bob", Scope.SIMULATE, Scope.EVALUATE, Scope.MODELS, Scope.WATCH);
    adminsCalls = calls("root", Scope.ADMIN);
    ann = nobody.over(annsCalls);
    bob = nobody.over(bobsCalls);
    admin = nobody.over(adminsCalls);
  }

  private Channel calls(String owner, Scope... scopes) throws IOException {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + file.create(owner, Set.of(scopes), null).secret());
    return ClientInterceptors.intercept(
        nobody.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  @AfterEach
  void stop() throws Exception {
    nobody.close();
    tokens.close();
  }

  private static StatusRuntimeException refusal(Executable call) {
    return assertThrows(StatusRuntimeException.class, call);
  }

  /** What is refused with this id, which must be as it is with one that never was. */
  private static void assertNotThere(String id, Consumer<String> use) {
    StatusRuntimeException others = refusal(() -> use.accept(id));
    StatusRuntimeException never = refusal(() -> use.accept(NO_SUCH_ID));
    assertEquals(Status.Code.NOT_FOUND, others.getStatus().getCode());
    assertEquals(shape(never, NO_SUCH_ID), shape(others, id));
  }

  private static String shape(StatusRuntimeException refusal, String id) {
    ErrorInfo info = Faults.info(refusal);
    return (refusal.getMessage() + info.getReason() + info.getMetadataMap())
        .replace(id.substring(0, 8), "ID");
  }

  @Test
  void anothersSessionIsNotThere() throws Exception {
    String id = ann.session(CreateSessionRequest.newBuilder()).getId();
    Session known = Session.newBuilder().setId(id).setNumEnvironments(1).build();
    for (Rig other : List.of(bob, nobody)) {
      var calls = other.environments;
      List<Consumer<String>> uses =
          List.of(
              any -> calls.getSession(GetSessionRequest.newBuilder().setSessionId(any).build()),
              any -> calls.renewSession(RenewSessionRequest.newBuilder().setSessionId(any).build()),
              any -> calls.reset(ResetRequest.newBuilder().setSessionId(any).build()),
              any -> calls.step(Rig.step(known.toBuilder().setId(any).build(), 0, 0)),
              any -> calls.snapshot(SnapshotRequest.newBuilder().setSessionId(any).build()),
              any -> calls.restore(RestoreRequest.newBuilder().setSessionId(any).build()),
              any -> calls.fork(ForkRequest.newBuilder().setSessionId(any).build()),
              any -> streamed(other, known.toBuilder().setId(any).build()));
      uses.forEach(use -> assertNotThere(id, use));
      // As with one that is not there, this is no error; and it does nothing.
      var deleted = calls.deleteSession(DeleteSessionRequest.newBuilder().setSessionId(id).build());
      assertTrue(deleted.isInitialized());
    }
    assertEquals(1, ann.environments.step(Rig.step(known, 0, 0)).getStep());
    assertEquals(2, admin.environments.step(Rig.step(known, 0, 0)).getStep());
  }

  /** Steps over a stream, and throws what it ends with. */
  private static void streamed(Rig rig, Session session) {
    CompletableFuture<StepStreamResponse> answer = new CompletableFuture<>();
    StreamObserver<StepStreamRequest> requests =
        rig.asyncEnvironments.stepStream(new First<>(answer));
    requests.onNext(StepStreamRequest.newBuilder().setStep(Rig.step(session, 0, 0)).build());
    await(answer);
  }

  private static <M> void await(CompletableFuture<M> answer) {
    try {
      assertFalse(answer.orTimeout(30, TimeUnit.SECONDS).join() == null);
    } catch (java.util.concurrent.CompletionException e) {
      if (e.getCause() instanceof StatusRuntimeException status) {
        throw status;
      }
      throw e;
    }
  }

  /** Completes with the first thing that happens. */
  private record First<M>(CompletableFuture<M> answer) implements StreamObserver<M> {
    @Override
    public void onNext(M message) {
      answer.complete(message);
    }

    @Override
    public void onError(Throwable thrown) {
      answer.completeExceptionally(thrown);
    }

    @Override
    public void onCompleted() {
      answer.cancel(false);
    }
  }

  @Test
  void anothersSnapshotIsRefused() {
    Session anns = ann.session(CreateSessionRequest.newBuilder());
    Session bobs = bob.session(CreateSessionRequest.newBuilder());
    Session nobodys = nobody.session(CreateSessionRequest.newBuilder());
    EnvironmentSnapshot snapshot = snapshot(ann, anns);
    StatusRuntimeException refusal = refusal(() -> restore(bob, bobs, snapshot));
    assertEquals(Status.Code.PERMISSION_DENIED, refusal.getStatus().getCode());
    assertEquals("SNAPSHOT_OF_ANOTHER", Faults.info(refusal).getReason());
    assertEquals("'token:ann'", "'" + Faults.info(refusal).getMetadataOrThrow("owner") + "'");
    refusal(() -> restore(nobody, nobodys, snapshot));
    restore(ann, anns, snapshot);
    restore(admin, anns, snapshot);
    restore(bob, bobs, snapshot(nobody, nobodys));
  }

  private static EnvironmentSnapshot snapshot(Rig rig, Session session) {
    return rig.environments
        .snapshot(SnapshotRequest.newBuilder().setSessionId(session.getId()).build())
        .getSnapshot();
  }

  private static void restore(Rig rig, Session session, EnvironmentSnapshot snapshot) {
    var done =
        rig.environments.restore(
            RestoreRequest.newBuilder()
                .setSessionId(session.getId())
                .setSnapshot(snapshot)
                .build());
    assertTrue(done.isInitialized());
  }

  @Test
  void anothersEvaluationIsNotThere() {
    Evaluation evaluation =
        EvaluationServiceGrpc.newBlockingStub(annsCalls)
            .createEvaluation(
                CreateEvaluationRequest.newBuilder()
                    .setSuite("swimmer-still")
                    .setController("ann's")
                    .build())
            .getEvaluation();
    for (Channel other : List.of(bobsCalls, nobody.channel)) {
      assertNotThere(evaluation.getId(), id -> get(other, id));
      assertNotThere(evaluation.getId(), id -> attach(other, id));
    }
    assertEquals(evaluation.getId(), get(annsCalls, evaluation.getId()).getId());
    assertEquals(evaluation.getId(), get(adminsCalls, evaluation.getId()).getId());
    attach(annsCalls, evaluation.getId());
  }

  private static Evaluation get(Channel calls, String id) {
    return EvaluationServiceGrpc.newBlockingStub(calls)
        .getEvaluation(GetEvaluationRequest.newBuilder().setEvaluationId(id).build())
        .getEvaluation();
  }

  private static void attach(Channel calls, String id) {
    CompletableFuture<ControlResponse> answer = new CompletableFuture<>();
    StreamObserver<ControlRequest> requests =
        EvaluationServiceGrpc.newStub(calls).control(new First<>(answer));
    requests.onNext(
        ControlRequest.newBuilder().setAttach(Attachment.newBuilder().setEvaluationId(id)).build());
    await(answer);
  }

  @Test
  void onlyAnAdminRemovesEvaluationsAndOnlyFinishedOnes() {
    Evaluation evaluation =
        EvaluationServiceGrpc.newBlockingStub(annsCalls)
            .createEvaluation(
                CreateEvaluationRequest.newBuilder()
                    .setSuite("swimmer-still")
                    .setController("ann's")
                    .build())
            .getEvaluation();
    for (Channel other : List.of(annsCalls, bobsCalls, nobody.channel)) {
      StatusRuntimeException refusal = refusal(() -> remove(other, evaluation.getId()));
      assertEquals(Status.Code.PERMISSION_DENIED, refusal.getStatus().getCode());
    }
    assertNotThere(evaluation.getId(), id -> remove(adminsCalls, id));
  }

  private static void remove(Channel calls, String id) {
    var removed =
        EvaluationServiceGrpc.newBlockingStub(calls)
            .removeEvaluation(RemoveEvaluationRequest.newBuilder().setEvaluationId(id).build());
    assertTrue(removed.isInitialized());
  }

  @Test
  void usageIsCountedForThePrincipal() {
    Session session = ann.session(CreateSessionRequest.newBuilder());
    assertEquals(1, ann.environments.step(Rig.step(session, 0, 0)).getStep());
    assertEquals(1, steps(annsCalls));
    assertEquals(0, steps(bobsCalls));
    assertEquals(0, steps(nobody.channel));
  }

  private static long steps(Channel calls) {
    return UsageServiceGrpc.newBlockingStub(calls)
        .getUsage(GetUsageRequest.getDefaultInstance())
        .getUsage()
        .getSessionSteps();
  }

  @Test
  void pathsAreNoIds() {
    for (String id : List.of("../" + NO_SUCH_ID, "/etc/passwd", "a\u0000b", "%2e%2e%2f")) {
      StatusRuntimeException session =
          refusal(
              () ->
                  ann.environments.getSession(
                      GetSessionRequest.newBuilder().setSessionId(id).build()));
      assertEquals(Status.Code.NOT_FOUND, session.getStatus().getCode());
      assertEquals(Status.Code.NOT_FOUND, refusal(() -> get(annsCalls, id)).getStatus().getCode());
    }
  }
}
