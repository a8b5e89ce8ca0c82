package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a session promises: leases, episodes, exactly-once steps, snapshots. */
class SessionsTest {
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.inProcess(ServerOptions.defaults().withThreads(1).withMaxSessions(2));
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  private Session session(int n, AutoresetMode mode, int maxSteps) {
    return rig.session(
        CreateSessionRequest.newBuilder()
            .setNumEnvironments(n)
            .setAutoresetMode(mode)
            .setBoundsMode(BoundsMode.BOUNDS_MODE_CLIP)
            .setMaxEpisodeSteps(maxSteps));
  }

  @Test
  void aStepIsTheEnvironmentsStepAndCost() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 0);
    place(session, 0.5, -0.25);
    StepResponse answer = rig.environments.step(Rig.step(session, 1.5, -0.5));
    double v = -0.25 + 0.1 * (1.5 - 1.0 - 0.5);
    assertArrayEquals(new double[] {0.5 + 0.1 * v, v}, Rig.doubles(answer.getStates()));
    assertArrayEquals(
        new double[] {0.25 + 0.01 * (2.25 + 0.25) + 0.02 * 0.5 * 1.5},
        Rig.doubles(answer.getCosts()),
        1e-15);
    assertFalse(answer.hasClipped());
    assertFalse(answer.hasDiverged());
    assertEquals(1, answer.getStep());
  }

  @Test
  void clippedActionsAreAppliedAsClipped() {
    Session session = session(2, AutoresetMode.AUTORESET_MODE_DISABLED, 0);
    place(session, 0, 0, 0, 0);
    StepResponse answer = rig.environments.step(Rig.step(session, 3, -0.5, 2, -1));
    assertEquals(List.of(1, 0), Rig.bits(answer.getClipped()));
    assertArrayEquals(new double[] {0.01, 0.1, 0, 0}, Rig.doubles(answer.getStates()), 1e-15);
  }

  @Test
  void theSameSeedGivesTheSameEpisodeInAnyBatch() {
    Session many = session(4, AutoresetMode.AUTORESET_MODE_DISABLED, 0);
    Session one = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 0);
    double[] batch = Rig.doubles(reset(many, 7L, 8L, 9L, 10L).getStates());
    double[] single = Rig.doubles(reset(one, 9L).getStates());
    assertArrayEquals(new double[] {batch[4], batch[5]}, single);
    assertEquals(8, IntStream.range(0, 8).mapToObj(i -> batch[i]).distinct().count());
  }

  @Test
  void seedsInForceAreEchoedAndEpisodesGoOn() {
    Session session = session(2, AutoresetMode.AUTORESET_MODE_DISABLED, 0);
    ResetResponse first = reset(session, 41L, -1L);
    assertEquals(List.of(41L, -1L), first.getSeedsList());
    assertEquals(List.of(0L, 0L), first.getEpisodesList());
    ResetResponse next =
        rig.environments.reset(
            ResetRequest.newBuilder()
                .setSessionId(session.getId())
                .setMask(Rig.flags(0, 1))
                .build());
    assertEquals(List.of(41L, -1L), next.getSeedsList());
    assertEquals(List.of(0L, 1L), next.getEpisodesList());
    double[] a = Rig.doubles(first.getStates());
    double[] b = Rig.doubles(next.getStates());
    assertEquals(a[0], b[0]);
    assertNotEquals(a[2], b[2]);
    assertEquals(first, reset(session, 41L, -1L), "a reset with seeds is idempotent");
  }

  @Test
  void unseededSessionsDiffer() {
    Set<Double> starts =
        IntStream.range(0, 2)
            .mapToObj(
                i -> {
                  Session session =
                      rig.environments
                          .createSession(
                              CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build())
                          .getSession();
                  return Rig.doubles(reset(session).getStates())[0];
                })
            .collect(Collectors.toSet());
    assertEquals(2, starts.size());
  }

  @Test
  void nextStepModeResetsInTheFollowingStep() {
    Session session = session(2, AutoresetMode.AUTORESET_MODE_NEXT_STEP, 2);
    rig.environments.step(Rig.step(session, 1, 0, 1, 0));
    StepResponse end = rig.environments.step(Rig.step(session, 1, 0, 1, 0));
    assertEquals(List.of(1, 1), Rig.bits(end.getTruncated()));
    assertEquals(List.of(0, 0), Rig.bits(end.getTerminated()));
    assertEquals(0, end.getResetsCount());
    StepResponse begin = rig.environments.step(Rig.step(session, 1, 0, 1, 0));
    assertEquals(List.of(0, 0), Rig.bits(begin.getTruncated()));
    assertArrayEquals(new double[2], Rig.doubles(begin.getCosts()));
    assertEquals(2, begin.getResetsCount());
    assertEquals(1, begin.getResets(1).getEnvironment());
    assertEquals(1, begin.getResets(1).getSeed());
    assertEquals(1, begin.getResets(1).getEpisode());
    assertFalse(begin.getResets(1).hasFinalState());
    double[] expected = new double[2];
    new CartProvider().create(java.util.Map.of()).sampleInitialState(1, 1, expected, 0);
    assertEquals(expected[0], Rig.doubles(begin.getStates())[2]);
  }

  @Test
  void sameStepModeAnswersBothStates() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_SAME_STEP, 50);
    place(session, 4.95, 10);
    StepResponse end = rig.environments.step(Rig.step(session, 0, 0));
    assertEquals(List.of(1), Rig.bits(end.getTerminated()));
    assertEquals(List.of(0), Rig.bits(end.getTruncated()));
    assertEquals(1, end.getResetsCount());
    assertTrue(Rig.doubles(end.getResets(0).getFinalState())[0] > 5);
    assertTrue(Rig.doubles(end.getStates())[0] < 1);
    assertArrayEquals(new double[] {4.95 * 4.95}, Rig.doubles(end.getCosts()), 1e-12);
    StepResponse next = rig.environments.step(Rig.step(session, 0, 0));
    assertEquals(List.of(0), Rig.bits(next.getTerminated()));
  }

  @Test
  void disabledModeWaitsForTheClient() {
    Session session = session(2, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    place(session, 0, 0, 4.95, 10);
    rig.environments.step(Rig.step(session, 0, 0, 0, 0));
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () -> rig.environments.step(Rig.step(session, 0, 0, 0, 0)));
    assertEquals("NEEDS_RESET", Faults.info(refused).getReason());
    assertEquals("1", Faults.info(refused).getMetadataOrThrow("environment"));
    rig.environments.reset(
        ResetRequest.newBuilder().setSessionId(session.getId()).setMask(Rig.flags(0, 1)).build());
    assertEquals(2, rig.environments.step(Rig.step(session, 0, 0, 0, 0)).getStep());
  }

  @Test
  void aDivergedStepKeepsTheLastStateAndEndsTheEpisode() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    place(session, 1, 1001);
    StepResponse answer = rig.environments.step(Rig.step(session, 0, 0));
    assertEquals(List.of(1), Rig.bits(answer.getDiverged()));
    assertEquals(List.of(1), Rig.bits(answer.getTruncated()));
    assertEquals(List.of(0), Rig.bits(answer.getTerminated()));
    assertArrayEquals(new double[] {1, 1001}, Rig.doubles(answer.getStates()));
  }

  @Test
  void expectedStepCarriesOutExactlyOnce() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    StepRequest zero = Rig.step(session, 1, 0).toBuilder().setExpectedStep(0).build();
    StepResponse first = rig.environments.step(zero);
    assertEquals(first, rig.environments.step(zero));
    assertEquals(first, rig.environments.step(zero));
    StepRequest one = zero.toBuilder().setExpectedStep(1).build();
    StepResponse second = rig.environments.step(one);
    assertNotEquals(first.getStates(), second.getStates());
    assertEquals(2, second.getStep());
    assertEquals(first, rig.environments.step(zero), "an earlier answer is still there");
    for (long wrong : new long[] {3, 100, -1}) {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> rig.environments.step(one.toBuilder().setExpectedStep(wrong).build()));
      assertEquals("STEP_OUT_OF_ORDER", Faults.info(refused).getReason());
      assertEquals("2", Faults.info(refused).getMetadataOrThrow("session_step"));
    }
    assertEquals(second, rig.environments.step(one));
  }

  @Test
  void theWindowKeepsTheLastAnswersAndNoMore() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_NEXT_STEP, 50);
    int window = session.getAnswerWindow();
    assertEquals(512, window);
    List<StepResponse> answers =
        IntStream.rangeClosed(0, window)
            .mapToObj(t -> rig.environments.step(numbered(session, t)))
            .toList();
    EnvironmentSnapshot end = snapshot(session);
    for (int t = 1; t <= window; t++) {
      assertEquals(
          answers.get(t).toByteString(),
          rig.environments.step(numbered(session, t)).toByteString());
    }
    assertEquals(end, snapshot(session), "nothing was carried out twice");
    assertOutOfOrder(numbered(session, 0));
    assertOutOfOrder(
        numbered(session, 7).toBuilder()
            .clearActions()
            .setActions(Rig.tensor(new double[] {0.125, 0}, 1, 2))
            .build());
  }

  private static StepRequest numbered(Session session, int t) {
    return Rig.step(session, Math.sin(t), 0.5).toBuilder().setExpectedStep(t).build();
  }

  private void assertOutOfOrder(StepRequest request) {
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> rig.environments.step(request));
    assertEquals("STEP_OUT_OF_ORDER", Faults.info(refused).getReason());
  }

  @Test
  void expectedResetCarriesOutExactlyOnce() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_SAME_STEP, 3);
    ResetRequest next =
        ResetRequest.newBuilder().setSessionId(session.getId()).setExpectedReset(1).build();
    ResetResponse first = rig.environments.reset(next);
    assertEquals(List.of(1L), first.getEpisodesList());
    rig.environments.step(Rig.step(session, 1, 0));
    assertEquals(first, rig.environments.reset(next), "answered from memory");
    for (ResetRequest wrong :
        List.of(
            next.toBuilder().setExpectedReset(3).build(), next.toBuilder().addSeeds(9).build())) {
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> rig.environments.reset(wrong));
      assertEquals("STEP_OUT_OF_ORDER", Faults.info(refused).getReason());
      assertEquals("2", Faults.info(refused).getMetadataOrThrow("session_resets"));
    }
    assertEquals(2, rig.find(session).getResets());
  }

  @Test
  void aSnapshotHasNoMoreRowsThanASessionCan() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    SnapshotRequest.Builder request = SnapshotRequest.newBuilder().setSessionId(session.getId());
    IntStream.range(0, 1025).forEach(i -> request.addEnvironments(0));
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class, () -> rig.environments.snapshot(request.build()));
    assertEquals("FIELD_OUT_OF_RANGE", Faults.info(refused).getReason());
  }

  @Test
  void aRefusedStepChangesNothing() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    EnvironmentSnapshot before = snapshot(session);
    assertThrows(
        StatusRuntimeException.class,
        () -> rig.environments.step(Rig.step(session, Double.NaN, 0)));
    assertEquals(before, snapshot(session));
    assertEquals(1, rig.environments.step(Rig.step(session, 0, 0)).getStep());
  }

  @Test
  void whenTheTimeOfDayIsSetLeasesStayAndTheirDatesFollow() {
    Session session =
        rig.session(
            CreateSessionRequest.newBuilder().setLease(Duration.newBuilder().setSeconds(10)));
    rig.setTimeOfDay(java.time.Duration.ofHours(1));
    assertEquals(seconds("2024-01-01T01:00:10Z"), rig.find(session).getExpireTime().getSeconds());
    RenewSessionRequest renewal =
        RenewSessionRequest.newBuilder().setSessionId(session.getId()).build();
    assertEquals(
        seconds("2024-01-01T01:00:10Z"),
        rig.environments.renewSession(renewal).getExpireTime().getSeconds());
    rig.setTimeOfDay(java.time.Duration.ofHours(-1));
    assertEquals(seconds("2023-12-31T23:00:10Z"), rig.find(session).getExpireTime().getSeconds());
    rig.advance(java.time.Duration.ofSeconds(10));
    StatusRuntimeException gone =
        assertThrows(StatusRuntimeException.class, () -> rig.find(session));
    assertEquals("SESSION_EXPIRED", Faults.info(gone).getReason());
  }

  @Test
  void leasesRunOutUnlessUsedOrRenewed() {
    Session session =
        rig.session(
            CreateSessionRequest.newBuilder().setLease(Duration.newBuilder().setSeconds(10)));
    assertEquals(10, session.getExpireTime().getSeconds() - seconds("2024-01-01T00:00:00Z"));
    rig.advance(java.time.Duration.ofSeconds(9));
    rig.environments.step(Rig.step(session, 0, 0));
    rig.advance(java.time.Duration.ofSeconds(9));
    rig.environments.renewSession(
        RenewSessionRequest.newBuilder()
            .setSessionId(session.getId())
            .setLease(Duration.newBuilder().setSeconds(20))
            .build());
    rig.advance(java.time.Duration.ofSeconds(19));
    assertEquals(1, rig.find(session).getStep());
    rig.advance(java.time.Duration.ofSeconds(20));
    StatusRuntimeException gone =
        assertThrows(
            StatusRuntimeException.class, () -> rig.environments.step(Rig.step(session, 0, 0)));
    assertEquals("SESSION_EXPIRED", Faults.info(gone).getReason());
  }

  @Test
  void expiredSessionsGiveTheirPlaceBack() {
    session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    StatusRuntimeException full =
        assertThrows(
            StatusRuntimeException.class,
            () -> session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50));
    assertEquals("CAPACITY_REACHED", Faults.info(full).getReason());
    assertEquals(300, Faults.retry(full).getRetryDelay().getSeconds());
    rig.advance(java.time.Duration.ofSeconds(300));
    session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
  }

  @Test
  void deletingIsIdempotent() {
    Session session = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    DeleteSessionRequest delete =
        DeleteSessionRequest.newBuilder().setSessionId(session.getId()).build();
    assertEquals(rig.environments.deleteSession(delete), rig.environments.deleteSession(delete));
    assertThrows(
        StatusRuntimeException.class, () -> rig.environments.step(Rig.step(session, 0, 0)));
  }

  @Test
  void idsCannotBeGuessed() {
    Session one = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    Session other = session(1, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    assertEquals(22, one.getId().length());
    assertNotEquals(one.getId().substring(0, 11), other.getId().substring(0, 11));
  }

  @Test
  void aSnapshotContinuesWithTheSameBitsOnAnotherServer() throws Exception {
    Session session = session(3, AutoresetMode.AUTORESET_MODE_NEXT_STEP, 5);
    double[] us = {1, 0.5, -1, 0.25, 2, 1};
    for (int t = 0; t < 7; t++) {
      rig.environments.step(Rig.step(session, us));
    }
    EnvironmentSnapshot snapshot = EnvironmentSnapshot.parseFrom(snapshot(session).toByteArray());
    try (Rig elsewhere = Rig.tcp(ServerOptions.defaults())) {
      Session twin =
          elsewhere.session(
              CreateSessionRequest.newBuilder()
                  .setNumEnvironments(3)
                  .setBoundsMode(BoundsMode.BOUNDS_MODE_CLIP)
                  .setMaxEpisodeSteps(5));
      elsewhere.environments.restore(
          RestoreRequest.newBuilder().setSessionId(twin.getId()).setSnapshot(snapshot).build());
      for (int t = 0; t < 12; t++) {
        StepResponse here = rig.environments.step(Rig.step(session, us));
        StepResponse there = elsewhere.environments.step(Rig.step(twin, us));
        assertEquals(here.toBuilder().clearStep().build(), there.toBuilder().clearStep().build());
      }
    }
  }

  @Test
  void rowsOfASnapshotCanBeChosenAndPlaced() {
    Session session = session(3, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    EnvironmentSnapshot all = snapshot(session);
    EnvironmentSnapshot last =
        rig.environments
            .snapshot(
                SnapshotRequest.newBuilder()
                    .setSessionId(session.getId())
                    .addEnvironments(2)
                    .build())
            .getSnapshot();
    rig.environments.restore(
        RestoreRequest.newBuilder()
            .setSessionId(session.getId())
            .setSnapshot(last)
            .addEnvironments(0)
            .build());
    EnvironmentSnapshot after = snapshot(session);
    assertEquals(List.of(2L, 1L, 2L), after.getSeedsList());
    assertEquals(Rig.doubles(all.getStates())[4], Rig.doubles(after.getStates())[0]);
    assertEquals(Rig.doubles(all.getStates())[2], Rig.doubles(after.getStates())[2]);
  }

  @Test
  void aForkContinuesApart() {
    Session session = session(2, AutoresetMode.AUTORESET_MODE_DISABLED, 50);
    rig.environments.step(Rig.step(session, 1, 0, -1, 0));
    Session fork =
        rig.environments
            .fork(
                ForkRequest.newBuilder()
                    .setSessionId(session.getId())
                    .addAllEnvironments(List.of(1, 1, 0))
                    .build())
            .getSession();
    assertEquals(3, fork.getNumEnvironments());
    assertEquals(0, fork.getStep());
    assertEquals(BoundsMode.BOUNDS_MODE_CLIP, fork.getBoundsMode());
    double[] a = Rig.doubles(rig.environments.step(Rig.step(fork, 1, 0, 0, 0, 1, 0)).getStates());
    double[] b = Rig.doubles(rig.environments.step(Rig.step(session, 1, 0, 1, 0)).getStates());
    assertArrayEquals(new double[] {b[2], b[3]}, new double[] {a[0], a[1]});
    assertArrayEquals(new double[] {b[0], b[1]}, new double[] {a[4], a[5]});
    assertNotEquals(a[0], a[2]);
  }

  private static long seconds(String instant) {
    return java.time.Instant.parse(instant).getEpochSecond();
  }

  private EnvironmentSnapshot snapshot(Session session) {
    return rig.environments
        .snapshot(SnapshotRequest.newBuilder().setSessionId(session.getId()).build())
        .getSnapshot();
  }

  private ResetResponse reset(Session session, long... seeds) {
    ResetRequest.Builder request = ResetRequest.newBuilder().setSessionId(session.getId());
    for (long seed : seeds) {
      request.addSeeds(seed);
    }
    return rig.environments.reset(request.build());
  }

  private void place(Session session, double... states) {
    Tensor tensor = Rig.tensor(states, states.length / 2, 2);
    ResetResponse answer =
        rig.environments.reset(
            ResetRequest.newBuilder().setSessionId(session.getId()).setStates(tensor).build());
    assertArrayEquals(states, Rig.doubles(answer.getStates()));
  }
}
