package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.server.access.Access;
import io.gaitway.server.access.Scope;
import io.gaitway.server.access.TokenFile;
import io.gaitway.server.access.Tokens;
import io.gaitway.sim.task.Environments;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A server on loopback that lets nobody in without a token. */
@Timeout(60)
class TokenTest {
  @TempDir private Path directory = Path.of("");

  private TokenFile file = new TokenFile(directory);
  private Rig rig;
  private Tokens tokens;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    file = new TokenFile(directory.resolve("tokens.json"));
    tokens = Tokens.of(file);
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .access(Access.tokensOnly(tokens))
            .start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    rig = Rig.on(server, NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext());
    channel = rig.channel;
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
    tokens.close();
  }

  private Channel with(String secret) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + secret);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private Channel owned(String owner, Scope... scopes) throws Exception {
    return with(file.create(owner, Set.of(scopes), null).secret());
  }

  private static StatusRuntimeException refusal(Executable call) {
    return assertThrows(StatusRuntimeException.class, call);
  }

  @Test
  void withoutATokenThereIsHealthAndNothingElse() {
    HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
    StatusRuntimeException refusal =
        refusal(() -> rig.catalog.getServerInfo(GetServerInfoRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNAUTHENTICATED, refusal.getStatus().getCode());
    assertEquals("UNAUTHENTICATED", Faults.info(refusal).getReason());
    assertEquals("missing", Faults.info(refusal).getMetadataOrThrow("problem"));
    assertTrue(String.valueOf(refusal.getMessage()).contains("gaitway token create"));
  }

  @Test
  void aTokenAllowsWhatItsScopesSay() throws Exception {
    Channel watch = owned("ann", Scope.WATCH);
    EvaluationServiceGrpc.newBlockingStub(watch)
        .listEvaluations(ListEvaluationsRequest.getDefaultInstance());
    StatusRuntimeException refusal =
        refusal(
            () ->
                EvaluationServiceGrpc.newBlockingStub(watch)
                    .createEvaluation(CreateEvaluationRequest.getDefaultInstance()));
    assertEquals(Status.Code.PERMISSION_DENIED, refusal.getStatus().getCode());
    assertEquals("PERMISSION_DENIED", Faults.info(refusal).getReason());
    assertEquals(
        "gaitway.v1.EvaluationService/CreateEvaluation",
        Faults.info(refusal).getMetadataOrThrow("method"));
    assertEquals("evaluate,admin", Faults.info(refusal).getMetadataOrThrow("scopes"));
  }

  @Test
  void aTokenHoldsFromWhenItIsMadeUntilItIsRevoked() throws Exception {
    TokenFile.Minted minted = file.create("ann", Set.of(Scope.SIMULATE), null);
    Rig ann = rig.over(with(minted.secret()));
    ann.catalog.getServerInfo(GetServerInfoRequest.getDefaultInstance());
    file.revoke(minted.token().id());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    Status.Code code = Status.Code.OK;
    while (code == Status.Code.OK && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(10);
      try {
        ann.catalog.getServerInfo(GetServerInfoRequest.getDefaultInstance());
      } catch (StatusRuntimeException e) {
        code = e.getStatus().getCode();
      }
    }
    assertEquals(Status.Code.UNAUTHENTICATED, code);
  }

  @Test
  void aRevokedTokenEndsItsStreams() throws Exception {
    TokenFile.Minted minted = file.create("ann", Set.of(Scope.SIMULATE), null);
    Stream stream = new Stream(minted.secret());
    assertEquals(1, stream.step());
    file.revoke(minted.token().id());
    assertEquals("ended", stream.problem());
  }

  @Test
  void anExpiredTokenEndsItsStreams() throws Exception {
    TokenFile.Minted minted = file.create("ann", Set.of(Scope.SIMULATE), Duration.ofSeconds(3));
    Stream stream = new Stream(minted.secret());
    assertEquals(1, stream.step());
    assertEquals("ended", stream.problem());
    assertEquals(
        "unknown",
        Faults.info(
                refusal(
                    () ->
                        rig.over(with(minted.secret())).session(CreateSessionRequest.newBuilder())))
            .getMetadataOrThrow("problem"));
  }

  /** An open StepStream, and what came of it. */
  private final class Stream implements StreamObserver<StepStreamResponse> {
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final Session session;
    private final StreamObserver<StepStreamRequest> requests;

    Stream(String secret) {
      Rig ann = rig.over(with(secret));
      session = ann.session(CreateSessionRequest.newBuilder());
      requests = ann.asyncEnvironments.stepStream(this);
    }

    long step() throws InterruptedException {
      requests.onNext(StepStreamRequest.newBuilder().setStep(Rig.step(session, 0, 0)).build());
      return ((StepStreamResponse) event()).getStep().getStep();
    }

    private Object event() throws InterruptedException {
      Object event = events.poll(30, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("nothing happened");
      }
      return event;
    }

    String problem() throws InterruptedException {
      StatusRuntimeException end = (StatusRuntimeException) event();
      assertEquals(Status.Code.UNAUTHENTICATED, end.getStatus().getCode());
      return Faults.info(end).getMetadataOrThrow("problem");
    }

    @Override
    public void onNext(StepStreamResponse response) {
      events.add(response);
    }

    @Override
    public void onError(Throwable thrown) {
      events.add(thrown);
    }

    @Override
    public void onCompleted() {
      events.add("completed");
    }
  }
}
