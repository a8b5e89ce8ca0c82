package io.gaitway.client.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.DeadlineExceededException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.StepOutOfOrderException;
import io.gaitway.client.error.StepUncertainException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.fixture.FakeSessions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The numbering of steps when answers get lost, streams, leases and the end of a session. */
@Timeout(60)
class SessionTest {
  /** Long enough for whatever is answered, however busy the machine is. */
  private static final Duration HURRY = Duration.ofSeconds(2);

  private final FakeSessions fake = new FakeSessions();
  private final FakeServer server = FakeServer.inProcess(fake);
  private final GaitwayClient client = server.client().build();
  private final Session session =
      client.session("fake", Map.of(), SessionOptions.defaults().withRenew(false));

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private static double[] us(double value) {
    return new double[] {value, 0};
  }

  @Test
  void aStepWhoseAnswerIsLostIsCarriedOutOnce() {
    session.step(us(1));
    fake.lose.set(2);
    StepResult result = session.step(us(2));
    assertEquals(2, result.step());
    assertEquals(3, result.states()[0]);
    assertEquals(4, fake.stepsAsked.get());
    assertEquals(6, session.step(us(3)).states()[0]);
  }

  @Test
  void afterAFailureTheSessionFindsOutWhetherTheStepWasCarriedOut() {
    fake.lose.set(5);
    StepUncertainException fault =
        assertThrows(StepUncertainException.class, () -> session.step(us(1)));
    assertInstanceOf(UnavailableException.class, fault.getCause());
    assertEquals("UNAVAILABLE", fault.code());
    assertEquals(0, fault.stepsBefore());
    assertEquals(1, session.step());
    // Had the number not been asked for, this would be answered by the first step's answer.
    StepResult result = session.step(us(2));
    assertEquals(2, result.step());
    assertEquals(3, result.states()[0]);
  }

  @Test
  void aStepThatTakesTooLongMayHaveBeenCarriedOut() {
    try (GaitwayClient hurried = server.client().deadline(HURRY).build();
        Session mine = hurried.attach(session.id())) {
      fake.slow = true;
      StepUncertainException fault =
          assertThrows(StepUncertainException.class, () -> mine.step(us(1)));
      assertInstanceOf(DeadlineExceededException.class, fault.getCause());
      assertEquals("DEADLINE_EXCEEDED", fault.code());
      assertTrue(
          fault.getMessage().startsWith("the step may have been carried out, or not: step did not"),
          fault.getMessage());
      assertEquals(0, fault.stepsBefore());
      assertEquals(1, mine.step());
    }
  }

  @Test
  void anInterruptedStepLeavesTheSessionUsable() throws Exception {
    fake.slow = true;
    List<Object> outcome = new ArrayList<>();
    Thread stepping =
        new Thread(
            () -> outcome.add(assertThrows(CancelledException.class, () -> session.step(us(1)))));
    stepping.start();
    fake.carriedOut.await();
    stepping.interrupt();
    stepping.join();
    assertEquals(1, outcome.size());
    fake.slow = false;
    assertEquals(1, session.step());
    assertEquals(3, session.step(us(2)).states()[0]);
  }

  @Test
  void aStreamThatIsSilentLeavesItsStepsUncertain() {
    try (GaitwayClient hurried = server.client().deadline(HURRY).build();
        Session mine = hurried.attach(session.id())) {
      StepStream stream = mine.stream();
      stream.sendStep(us(1));
      assertEquals(1, stream.receiveStep().step());
      fake.slow = true;
      stream.sendStep(us(1));
      stream.sendStep(us(1));
      StepUncertainException fault =
          assertThrows(StepUncertainException.class, stream::receiveStep);
      assertEquals(1, fault.stepsBefore());
      stream.close();
      assertEquals(3, mine.step());
    }
  }

  @Tag("all")
  @Test
  void whereNobodyAnswersNoStepIsUncertain() throws Exception {
    try (FakeServer gone = FakeServer.tcp(0, new FakeSessions());
        GaitwayClient client = gone.client().build();
        Session mine = client.session("fake", Map.of(), SessionOptions.defaults())) {
      mine.step(us(1));
      gone.close();
      // The first call may still meet the connection that is breaking.
      assertThrows(UnavailableException.class, mine::renew);
      assertThrows(UnavailableException.class, () -> mine.step(us(1)));
      try (FakeServer back = FakeServer.tcp(gone.port(), new FakeSessions())) {
        assertEquals(gone.port(), back.port());
        assertEquals(1, mine.step());
      }
    }
  }

  @Test
  void answersThatNobodyAskedForEndAStream() {
    fake.unasked = 3;
    StepStream stream = session.stream();
    stream.sendStep(us(1));
    assertEquals(1, stream.receiveStep().step());
    stream.sendStep(us(1));
    GaitwayException fault = assertThrows(GaitwayException.class, stream::receiveStep);
    assertTrue(
        fault.getMessage().endsWith("step 1 was answered instead of step 2"), fault.getMessage());
    assertThrows(IllegalStateException.class, () -> stream.sendStep(us(1)));
    stream.close();
    fake.unasked = 0;
    assertEquals(2, session.step());
    fake.unasked = 1;
    StepStream other = session.stream();
    other.step(us(1));
    other.close();
    assertEquals(3, session.step());
  }

  @Test
  void aRefusedStepIsNotCounted() {
    session.step(us(1));
    InvalidArgumentException e =
        assertThrows(InvalidArgumentException.class, () -> session.step(us(2000)));
    assertEquals("ACTION_OUT_OF_BOUNDS", e.reason());
    assertEquals(3, session.step(us(2)).states()[0]);
  }

  @Test
  void aStepThatAnotherClientTookIsReportedOnce() {
    try (Session other = client.attach(session.id())) {
      other.step(us(1));
      other.step(us(1));
      assertThrows(StepOutOfOrderException.class, () -> session.step(us(1)));
      assertEquals(3, session.step(us(1)).step());
    }
  }

  @Test
  void onlyAResetWithSeedsIsRepeated() {
    fake.lose.set(1);
    assertEquals(5, session.reset(Reset.seeds(5)).seeds()[0]);
    assertEquals(2, fake.resets.get());
    fake.lose.set(1);
    assertThrows(UnavailableException.class, session::reset);
    assertEquals(3, fake.resets.get());
    assertEquals(77, session.reset().seeds()[0]);
  }

  @Test
  void arraysThatDoNotFitAreNamed() {
    wrong(
        "us must have shape (N, nu) with N = 1, in all 2 entries, but has 3",
        () -> session.step(new double[3]));
    wrong("mask must have shape (N)", () -> session.reset(Reset.all().withMask(true, false)));
    wrong("seeds must have shape (N)", () -> session.reset(Reset.seeds(1, 2)));
    wrong("states must have shape (N, nx)", () -> session.reset(Reset.all().withStates(1, 2)));
    assertEquals(0, fake.stepsAsked.get() + fake.resets.get());
  }

  private static void wrong(String words, Runnable call) {
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call::run).getMessage());
    assertTrue(message.startsWith(words), message);
  }

  @Test
  void commandsOnAStreamMayRunAhead() {
    session.step(us(1));
    try (StepStream stream = session.stream()) {
      stream.sendReset(Reset.seeds(9));
      for (int i = 0; i < 5; i++) {
        stream.sendStep(us(i));
      }
      assertEquals(6, stream.inFlight());
      assertThrows(IllegalStateException.class, () -> stream.step(us(1)));
      assertThrows(IllegalStateException.class, stream::receiveStep);
      assertEquals(9, stream.receiveReset().seeds()[0]);
      for (int i = 0; i < 5; i++) {
        StepResult result = stream.receiveStep();
        assertEquals(i + 2, result.step());
        assertArrayEquals(new double[] {i}, result.costs());
      }
      assertThrows(IllegalStateException.class, stream::receiveStep);
      assertEquals(7, stream.step(us(0)).step());
      assertThrows(IllegalStateException.class, () -> session.step(us(1)));
      assertThrows(IllegalStateException.class, session::stream);
    }
    assertEquals(8, session.step(us(0)).step());
    assertEquals(8, fake.stepsAsked.get());
  }

  @Test
  void aStreamClosedWithCommandsInFlightLosesCountOfNothing() {
    try (StepStream stream = session.stream()) {
      stream.sendStep(us(1));
      stream.sendStep(us(1));
      stream.receiveStep();
    }
    assertEquals(2, session.step());
    assertEquals(3, session.step(us(1)).states()[0]);
  }

  @Test
  void aRefusedCommandEndsTheStreamButNotTheSession() {
    StepStream stream = session.stream();
    stream.sendStep(us(1));
    stream.sendStep(us(2000));
    stream.sendStep(us(3));
    assertEquals(1, stream.receiveStep().step());
    GaitwayException first = assertThrows(InvalidArgumentException.class, stream::receiveStep);
    assertSame(first, assertThrows(InvalidArgumentException.class, stream::receiveStep));
    assertThrows(IllegalStateException.class, () -> stream.sendStep(us(1)));
    stream.close();
    StepResult next = session.step(us(4));
    assertEquals(2, next.step());
    assertEquals(5, next.states()[0]);
  }

  @Test
  void aStreamTakesOnlySoMuchAhead() {
    try (StepStream stream = session.stream()) {
      assertEquals(FakeSessions.WINDOW, stream.window());
      for (int i = 0; i < stream.window(); i++) {
        stream.sendStep(us(0));
      }
      assertThrows(IllegalStateException.class, () -> stream.sendStep(us(0)));
      stream.receiveStep();
      stream.sendStep(us(0));
    }
    assertEquals(FakeSessions.WINDOW + 1, session.step());
  }

  @Test
  void aLeaseIsRenewedUntilTheSessionIsClosed() throws Exception {
    Session renewed = client.session("fake", Map.of(), SessionOptions.defaults());
    assertTrue(fake.renewedTwice.await(10, TimeUnit.SECONDS), "the lease was not renewed");
    renewed.close();
    assertEquals(1, fake.deleted.get());
    renewed.close();
    assertEquals(1, fake.deleted.get());
  }

  @Test
  void anExpiredSessionSaysSo() {
    fake.expired = true;
    SessionExpiredException e = assertThrows(SessionExpiredException.class, session::renew);
    assertEquals("SESSION_EXPIRED", e.reason());
  }

  @Test
  void aClientEndsTheSessionsThatWereNotDetached() {
    Session kept = client.attach(session.id());
    kept.detach();
    client.close();
    assertEquals(1, fake.deleted.get());
  }

  @Test
  void aServerThatIsGoneDoesNotKeepASessionFromClosing() {
    server.close();
    session.close();
    assertEquals(0, fake.deleted.get());
  }

  @Test
  void closingDoesNotWaitForAStepInAnotherThread() throws Exception {
    fake.silent = true;
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      Future<?> step = executor.submit(() -> session.step(us(1)));
      fake.ignored.await();
      client.close();
      Exception e = assertThrows(ExecutionException.class, () -> step.get(10, TimeUnit.SECONDS));
      assertInstanceOf(CancelledException.class, e.getCause());
      assertEquals(1, fake.deleted.get());
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void theWholeKeyIsNotShown() {
    assertFalse(session.toString().contains(session.id()));
    assertTrue(session.toString().contains("01234567"));
  }

  @Test
  void bytesThatAreNoSnapshotAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Snapshot.fromBytes(new byte[] {1, 2, 3}));
  }

  @Test
  void optionsThatMakeNoSenseAreRefused() {
    SessionOptions options = SessionOptions.defaults();
    assertThrows(IllegalArgumentException.class, () -> options.withEnvironments(0));
    assertThrows(IllegalArgumentException.class, () -> options.withMaxEpisodeSteps(-1));
    assertThrows(IllegalArgumentException.class, () -> options.withLease(Duration.ZERO));
  }
}
