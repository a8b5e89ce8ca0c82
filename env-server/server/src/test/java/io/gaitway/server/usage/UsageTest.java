package io.gaitway.server.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Usage;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server counts, over TCP: exactly what was computed, for the account that asked. */
@Timeout(60)
class UsageTest {
  private static final Usage NOTHING = Usage.getDefaultInstance();

  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.tcp(ServerOptions.defaults().withThreads(2));
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  private static ClientInterceptor header(String account) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("gaitway-account", Metadata.ASCII_STRING_MARSHALLER), account);
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private DynamicsServiceGrpc.DynamicsServiceBlockingStub dynamics(String account) {
    return rig.dynamics.withInterceptors(header(account));
  }

  private EnvironmentServiceGrpc.EnvironmentServiceBlockingStub environments(String account) {
    return rig.environments.withInterceptors(header(account));
  }

  private Usage usage(String account) {
    return UsageServiceGrpc.newBlockingStub(rig.channel)
        .getUsage(GetUsageRequest.newBuilder().setAccount(account).build())
        .getUsage();
  }

  /** The counts of an account, whose time must be more than nothing. */
  private Usage counts(String account) {
    Usage usage = usage(account);
    assertTrue(usage.getWorkerSeconds() > 0, usage.toString());
    return usage.toBuilder().clearWorkerSeconds().build();
  }

  /** Pushes that do nothing over {@code T} steps. */
  private static Controller still(int T) {
    return Controller.newBuilder()
        .setOpenLoop(
            OpenLoopController.newBuilder().setActions(Rig.tensor(new double[2 * T], T, 2)))
        .build();
  }

  private static RolloutRequest.Builder rollouts(int T, double... starts) {
    return RolloutRequest.newBuilder()
        .setEnvironment(Rig.CART)
        .setHorizon(T)
        .setInitialStates(Rig.tensor(starts, starts.length / 2, 2))
        .addControllers(still(T));
  }

  private static <M> List<M> all(Iterator<M> messages) {
    List<M> list = new ArrayList<>();
    messages.forEachRemaining(list::add);
    return list;
  }

  @Test
  void rolloutsCountTheStepsThatTheyComplete() {
    double[] starts = {0.5, 0, 0, 6}; // Stays on the track; falls off it after about a second.
    List<RolloutResponse> answers =
        all(dynamics("a").rollout(rollouts(20, starts).addSeeds(1).addSeeds(2).build()));
    List<RolloutStatus> statuses = new ArrayList<>();
    long steps = 0;
    for (RolloutResponse answer : answers) {
      for (var part : answer.getPartsList()) {
        statuses.add(part.getSummary().getStatus());
        steps += part.getSummary().getSteps();
      }
    }
    RolloutStatus stays = RolloutStatus.ROLLOUT_STATUS_COMPLETED;
    RolloutStatus falls = RolloutStatus.ROLLOUT_STATUS_TERMINATED;
    assertEquals(List.of(stays, stays, falls, falls), statuses);
    assertTrue(steps > 2 * 20 + 2 && steps < 4 * 20, steps + " steps");
    assertEquals(Usage.newBuilder().setRollouts(4).setRolloutSteps(steps).build(), counts("a"));
  }

  @Test
  void aStepThatDivergesIsNotCompleted() {
    List<RolloutResponse> answers =
        all(dynamics("a").rollout(rollouts(20, 0, 1000.5, 0, -2000).build()));
    assertEquals(
        RolloutStatus.ROLLOUT_STATUS_DIVERGED, answers.get(0).getParts(0).getSummary().getStatus());
    assertEquals(Usage.newBuilder().setRollouts(2).build(), counts("a"));
  }

  @Test
  void aRolloutAcrossManyMessagesAndChunksIsCountedOnce() {
    int T = 400;
    double[] starts = new double[2 * 64];
    all(dynamics("a").rollout(rollouts(T, starts).build()));
    assertEquals(Usage.newBuilder().setRollouts(64).setRolloutSteps(64 * T).build(), counts("a"));
  }

  @Test
  void knotsCountWhateverTheirStatus() {
    EvaluateResponse evaluated =
        dynamics("a")
            .evaluate(
                EvaluateRequest.newBuilder()
                    .setEnvironment(Rig.CART)
                    .setStates(Rig.tensor(new double[] {0, 0, 0, 2000, 4.99, 1}, 3, 2))
                    .setActions(Rig.tensor(new double[6], 3, 2))
                    .build());
    assertEquals(3, evaluated.getStatusesCount());
    double[] states = new double[2 * 8];
    states[5] = 2000;
    List<LinearizeResponse> linearized =
        all(
            dynamics("a")
                .linearize(
                    LinearizeRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setStates(Rig.tensor(states, 8, 2))
                        .setActions(Rig.tensor(new double[2 * 7], 7, 2))
                        .setTerminalKnot(true)
                        .setChunkKnots(2)
                        .build()));
    assertEquals(4, linearized.size());
    assertEquals(
        Usage.newBuilder().setEvaluatedKnots(3).setLinearizedKnots(7).build(), counts("a"));
  }

  @Test
  void stepsCountOncePerEnvironmentThatIsStepped() {
    Session session =
        rig.session(
            CreateSessionRequest.newBuilder()
                .setNumEnvironments(3)
                .setMaxEpisodeSteps(2)
                .setBoundsMode(BoundsMode.BOUNDS_MODE_CLIP)
                .setAutoresetMode(AutoresetMode.AUTORESET_MODE_NEXT_STEP));
    StepRequest step = Rig.step(session, new double[6]);
    StepResponse first = environments("a").step(step.toBuilder().setExpectedStep(0).build());
    StepResponse again = environments("a").step(step.toBuilder().setExpectedStep(0).build());
    assertEquals(first, again);
    assertEquals(Usage.newBuilder().setSessionSteps(3).build(), counts("a"));
    assertNotNull(environments("a").step(step));
    assertEquals(3, environments("a").step(step).getResetsCount(), "episodes have two steps");
    assertEquals(6, usage("a").getSessionSteps(), "starting an episode is no step");
    assertThrows(
        StatusRuntimeException.class,
        () -> environments("a").step(step.toBuilder().setExpectedStep(77).build()));
    assertEquals(6, usage("a").getSessionSteps(), "what is refused is no step");
  }

  @Test
  void aSessionsDivergedStepIsNotCompleted() {
    Session session = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
    assertNotNull(
        rig.environments.reset(
            ResetRequest.newBuilder()
                .setSessionId(session.getId())
                .setStates(Rig.tensor(new double[] {0, 0, 0, 2000}, 2, 2))
                .build()));
    StepResponse answer = environments("a").step(Rig.step(session, 0, 0, 0, 0));
    assertEquals(List.of(0, 1), Rig.bits(answer.getDiverged()));
    assertEquals(Usage.newBuilder().setSessionSteps(1).build(), counts("a"));
  }

  @Test
  void aStreamCountsForItsOwnAccountWhoeverMadeTheSession() throws InterruptedException {
    Session session = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
    assertNotNull(environments("b").step(Rig.step(session, 0, 0, 0, 0)));
    CountDownLatch ended = new CountDownLatch(1);
    List<StepStreamResponse> answers = new ArrayList<>();
    StreamObserver<StepStreamRequest> commands =
        rig.asyncEnvironments
            .withInterceptors(header("a"))
            .stepStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StepStreamResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable t) {
                    ended.countDown();
                  }

                  @Override
                  public void onCompleted() {
                    ended.countDown();
                  }
                });
    for (int t = 0; t < 5; t++) {
      commands.onNext(
          StepStreamRequest.newBuilder().setStep(Rig.step(session, 0, 0, 0, 0)).build());
    }
    commands.onCompleted();
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    assertEquals(5, answers.size());
    assertEquals(Usage.newBuilder().setSessionSteps(10).build(), counts("a"));
    assertEquals(Usage.newBuilder().setSessionSteps(2).build(), counts("b"));
  }

  @Test
  void accountsAreKeptApartWhileTheyWorkAtTheSameTime() {
    List<CompletableFuture<Void>> work = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      String account = thread % 2 == 0 ? "even" : "odd";
      int T = thread % 2 == 0 ? 30 : 50;
      work.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 50; i++) {
                  all(dynamics(account).rollout(rollouts(T, new double[2 * 16]).build()));
                  all(rig.dynamics.rollout(rollouts(T, 0, 0).build()));
                  all(
                      dynamics(account)
                          .linearize(
                              LinearizeRequest.newBuilder()
                                  .setEnvironment(Rig.CART)
                                  .setStates(Rig.tensor(new double[2 * T], T, 2))
                                  .setActions(Rig.tensor(new double[2 * T], T, 2))
                                  .setChunkKnots(7)
                                  .build()));
                }
              }));
    }
    CompletableFuture.allOf(work.toArray(new CompletableFuture<?>[0])).join();
    assertEquals(
        Usage.newBuilder()
            .setRollouts(2 * 50 * 16)
            .setRolloutSteps(2 * 50 * 16 * 30)
            .setLinearizedKnots(2 * 50 * 30)
            .build(),
        counts("even"));
    assertEquals(
        Usage.newBuilder()
            .setRollouts(2 * 50 * 16)
            .setRolloutSteps(2 * 50 * 16 * 50)
            .setLinearizedKnots(2 * 50 * 50)
            .build(),
        counts("odd"));
  }

  /** As nobody reads more than one message, the server gets no further than a few. */
  @Test
  void aCancelledCallCountsWhatWasComputed() {
    int T = 5000;
    int wanted = 900;
    Context.CancellableContext impatient = Context.current().withCancellation();
    impatient.run(
        () ->
            assertNotNull(
                dynamics("a").rollout(rollouts(T, new double[2 * wanted]).build()).next()));
    impatient.cancel(null);
    Usage usage = usage("a");
    assertTrue(usage.getRollouts() > 0 && usage.getRollouts() < wanted, usage.toString());
    assertTrue(usage.getRolloutSteps() >= T, usage.toString());
    assertTrue(usage.getRolloutSteps() <= usage.getRollouts() * T, usage.toString());
  }

  @Test
  void othersAreNotCounted() {
    all(rig.dynamics.rollout(rollouts(20, 0, 0).build()));
    assertEquals(NOTHING, usage("a"));
    assertTrue(
        rig.catalog
            .getServerInfo(GetServerInfoRequest.getDefaultInstance())
            .getCapabilitiesList()
            .contains("usage"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a/b", "Robert'); DROP TABLE"})
  void aMalformedNameIsRefused(String name) {
    assertRefused(headerFault(name), "gaitway-account", name);
    assertRefused(assertThrows(StatusRuntimeException.class, () -> usage(name)), "account", name);
  }

  @Test
  void aNameIsNeitherEmptyNorTooLong() {
    assertRefused(headerFault(""), "gaitway-account", "");
    assertRefused(headerFault("x".repeat(65)), "gaitway-account", "x".repeat(64) + "…");
    all(dynamics("x".repeat(64)).rollout(rollouts(20, 0, 0).build()));
    assertEquals(1, usage("x".repeat(64)).getRollouts());
  }

  /** In a call of each service whose calls are counted. */
  private StatusRuntimeException headerFault(String name) {
    StatusRuntimeException fault =
        assertThrows(
            StatusRuntimeException.class,
            () -> all(dynamics(name).rollout(rollouts(20, 0, 0).build())));
    StatusRuntimeException other =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                environments(name)
                    .createSession(
                        CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build()));
    assertEquals(fault.getStatus().getDescription(), other.getStatus().getDescription());
    return fault;
  }

  private static void assertRefused(StatusRuntimeException fault, String field, String value) {
    assertEquals(Status.Code.INVALID_ARGUMENT, fault.getStatus().getCode());
    assertEquals("FIELD_OUT_OF_RANGE", Faults.info(fault).getReason());
    assertEquals(List.of(field), Faults.fields(fault));
    assertEquals("'" + value + "'", Faults.info(fault).getMetadataMap().get("value"));
    assertEquals(
        field + " must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is '" + value + "'",
        fault.getStatus().getDescription());
  }

  @Test
  void whatLabelsUseTheirPrincipalUsesToo() {
    all(dynamics("a").rollout(rollouts(20, 0, 0).build()));
    all(dynamics("b").rollout(rollouts(30, 0, 0).build()));
    all(rig.dynamics.rollout(rollouts(40, 0, 0).build()));
    assertEquals(
        Usage.newBuilder().setRollouts(3).setRolloutSteps(20 + 30 + 40).build(), counts(""));
    assertEquals(Usage.newBuilder().setRollouts(1).setRolloutSteps(30).build(), counts("b"));
  }

  @Test
  void theAccountUsedLongestAgoIsForgotten() {
    Accounts accounts = new Accounts();
    Account first = accounts.open("p", "first");
    Account second = accounts.open("p", "second");
    assertNotSame(first, second);
    for (int i = 3; i < Accounts.KEPT; i++) { // Beside the principal and these two.
      accounts.open("p", "n" + i);
    }
    assertSame(first, accounts.find("p", "field", "first"), "all fit, and looking is use");
    accounts.open("p", "one-more");
    assertSame(first, accounts.find("p", "field", "first"));
    assertNull(accounts.find("p", "field", "second"));
    second.countRollout(3); // A call that is still running does no harm.
    assertEquals(NOTHING, accounts.open("p", "second").usage());
    assertNull(accounts.find("p", "field", "n3"), "each new one takes the place of one");
    assertSame(first, accounts.find("p", "field", "first"));
  }
}
