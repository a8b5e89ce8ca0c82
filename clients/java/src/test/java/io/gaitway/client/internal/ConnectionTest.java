package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.address.Address;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.DeadlineExceededException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.error.UnimplementedException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.RolloutSummary;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Faults between client and server: nobody there, too slow, broken off, given up, too large. */
@Timeout(60)
class ConnectionTest {
  private static final int T = 4;
  private static final int NX = FakeServer.NX;
  private static final int NU = FakeServer.NU;

  private static Rollout rollout(Simulator simulator, double value) {
    double[] us = new double[T * NU];
    Arrays.fill(us, value);
    return simulator
        .rollout(RolloutRequest.single(T, new double[NX], new Controller.OpenLoop(us)))
        .get(0);
  }

  /**
   * Answers a rollout whose actions are those of the request and whose states are their doubles.
   */
  private static void echo(
      io.gaitway.proto.v1.RolloutRequest request, StreamObserver<RolloutResponse> answers) {
    double[] us =
        Tensors.doubles(request.getControllers(0).getOpenLoop().getActions(), "us", T, NU);
    double[] xs = new double[(T + 1) * NX];
    Arrays.fill(xs, 2 * us[0]);
    answers.onNext(
        RolloutResponse.newBuilder()
            .addParts(
                RolloutPart.newBuilder()
                    .setStates(Tensors.of(xs, T + 1, NX))
                    .setActions(Tensors.of(us, T, NU))
                    .setCosts(Tensors.of(new double[T + 1], T + 1))
                    .setSummary(
                        RolloutSummary.newBuilder()
                            .setSteps(T)
                            .setStatus(RolloutStatus.ROLLOUT_STATUS_COMPLETED)))
            .build());
    answers.onCompleted();
  }

  @Test
  void nobodyListens() {
    int port;
    try (FakeServer server = FakeServer.tcp()) {
      port = server.port();
    }
    try (GaitwayClient client = GaitwayClient.connect("127.0.0.1:" + port)) {
      UnavailableException e = assertThrows(UnavailableException.class, client::serverInfo);
      assertTrue(
          e.getMessage().startsWith("no Gaitway server answers at 127.0.0.1:" + port + " ("),
          e.getMessage());
      assertTrue(
          e.getMessage()
              .endsWith("; start one with: gaitway serve --host 127.0.0.1 --port " + port),
          e.getMessage());
    }
  }

  @Test
  void theHostDoesNotExist() {
    try (GaitwayClient client = GaitwayClient.connect("no-such-host.invalid:50051")) {
      UnavailableException e = assertThrows(UnavailableException.class, client::serverInfo);
      assertTrue(
          e.getMessage().startsWith("no Gaitway server answers at no-such-host.invalid:50051"),
          e.getMessage());
    }
  }

  @Test
  void theSocketDoesNotExist(@TempDir Path folder) {
    String target = "unix:" + folder.resolve("none.sock");
    try (GaitwayClient client = GaitwayClient.connect(target)) {
      UnavailableException e = assertThrows(UnavailableException.class, client::serverInfo);
      assertTrue(
          e.getMessage().startsWith("no Gaitway server answers at " + target), e.getMessage());
    }
  }

  @Test
  void noServerOfThatNameIsInThisProcess() {
    try (GaitwayClient client = GaitwayClient.builder().inProcess("nobody").build()) {
      UnavailableException e = assertThrows(UnavailableException.class, client::serverInfo);
      assertTrue(
          e.getMessage().startsWith("no Gaitway server answers at in-process:nobody"),
          e.getMessage());
    }
  }

  /** Runs one rollout of {@code T} steps on a server, in a client whose deadline is 200 ms. */
  private static void hurriedRollout(FakeServer server, int T) {
    Target target = new Target.Remote(Address.parse("127.0.0.1:" + server.port()));
    Channels.Connection connection = Channels.open(target, null, 1 << 20, "test");
    try {
      Calls calls = new Calls(connection, target, TimeLimit.of("deadline", Duration.ofMillis(200)));
      new RemoteSimulator(
              calls,
              Descriptions.environment(FakeServer.spec("fake")),
              EnvironmentRef.getDefaultInstance())
          .rollout(
              RolloutRequest.single(
                  T, new double[NX], new Controller.OpenLoop(new double[T * NU])));
    } finally {
      connection.close();
    }
  }

  @Test
  void aSlowServerMeetsTheDeadline() {
    try (FakeServer server = FakeServer.tcp()) {
      server.rollout = (request, answers) -> {};
      long start = System.nanoTime();
      DeadlineExceededException e =
          assertThrows(DeadlineExceededException.class, () -> hurriedRollout(server, T));
      assertTrue(System.nanoTime() - start >= 200_000_000L);
      assertEquals("DEADLINE_EXCEEDED", e.code());
      assertEquals(
          "rollout did not finish within 204 ms (server 127.0.0.1:%d); allow more time by the"
                  .formatted(server.port())
              + " client's deadline",
          e.getMessage());
    }
  }

  @Test
  void theDeadlineGrowsWithTheWorkAskedFor() {
    try (FakeServer server = FakeServer.tcp()) {
      server.rollout =
          (request, answers) -> {
            sleep(600);
            answers.onCompleted();
          };
      GaitwayException e =
          assertThrows(GaitwayException.class, () -> hurriedRollout(server, 20_000));
      assertEquals("INTERNAL", e.code()); // It was waited for, and came to nothing.
    }
  }

  @Test
  void anInterruptCancelsTheCall() throws Exception {
    try (FakeServer server = FakeServer.tcp();
        GaitwayClient client = server.client().build()) {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch cancelled = new CountDownLatch(1);
      server.rollout =
          (request, answers) -> {
            ((io.grpc.stub.ServerCallStreamObserver<RolloutResponse>) answers)
                .setOnCancelHandler(cancelled::countDown);
            asked.countDown();
          };
      Simulator simulator = client.simulator("fake", Map.of());
      List<Object> outcome = new ArrayList<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  rollout(simulator, 1);
                } catch (GaitwayException e) {
                  outcome.add(e);
                  outcome.add(Thread.currentThread().isInterrupted());
                }
              });
      thread.start();
      asked.await();
      thread.interrupt();
      thread.join();
      assertInstanceOf(CancelledException.class, outcome.get(0));
      assertEquals(true, outcome.get(1));
      assertTrue(cancelled.await(10, TimeUnit.SECONDS), "the server was not told");
    }
  }

  @Tag("all")
  @Test
  void aServerThatDiesInTheMiddleIsAskedAgainAndThenReported() {
    try (FakeServer server = FakeServer.tcp();
        GaitwayClient client = server.client().build()) {
      server.rollout =
          (request, answers) -> {
            answers.onNext(RolloutResponse.getDefaultInstance());
            new Thread(server::close).start();
          };
      Simulator simulator = client.simulator("fake", Map.of());
      UnavailableException e =
          assertThrows(UnavailableException.class, () -> rollout(simulator, 1));
      assertTrue(e.getMessage().contains("127.0.0.1:" + server.port()), e.getMessage());
    }
  }

  @Test
  void aBrokenConnectionIsMadeAgain() {
    AtomicInteger calls = new AtomicInteger();
    List<FakeServer> servers = new ArrayList<>();
    FakeServer first = FakeServer.tcp();
    int port = first.port();
    try (GaitwayClient client = first.client().build()) {
      Simulator simulator = client.simulator("fake", Map.of());
      first.rollout =
          (request, answers) -> {
            calls.incrementAndGet();
            new Thread(
                    () -> {
                      first.close();
                      FakeServer second = FakeServer.tcp(port);
                      second.rollout = ConnectionTest::echo;
                      synchronized (servers) {
                        servers.add(second);
                      }
                    })
                .start();
          };
      Rollout rollout = rollout(simulator, 3);
      assertEquals(6, rollout.trajectory().xs[0]);
      assertEquals(1, calls.get());
    } finally {
      first.close();
      synchronized (servers) {
        servers.forEach(FakeServer::close);
      }
    }
  }

  @Test
  void aMessageBeyondTheLimitIsRefused() {
    try (FakeServer server = FakeServer.tcp();
        GaitwayClient client = server.client().maxMessageBytes(100).build()) {
      server.rollout = ConnectionTest::echo;
      Simulator simulator = client.simulator("fake", Map.of());
      ResourceExhaustedException e =
          assertThrows(ResourceExhaustedException.class, () -> rollout(simulator, 1));
      assertTrue(e.getMessage().contains("the client's maxMessageBytes"), e.getMessage());
    }
  }

  @Test
  void aServiceThatIsNotThereIsNamed() {
    try (FakeServer server = FakeServer.tcp();
        GaitwayClient client = server.client().build()) {
      UnimplementedException e =
          assertThrows(
              UnimplementedException.class,
              () -> client.session("fake", Map.of(), SessionOptions.defaults()));
      assertTrue(e.getMessage().startsWith("new session is not offered"), e.getMessage());
    }
  }

  @Test
  void aClosedClientCancelsWhatItIsDoing() throws Exception {
    try (FakeServer server = FakeServer.tcp()) {
      GaitwayClient client = server.client().build();
      CountDownLatch asked = new CountDownLatch(1);
      server.rollout = (request, answers) -> asked.countDown();
      Simulator simulator = client.simulator("fake", Map.of());
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try {
        Future<?> call = executor.submit(() -> rollout(simulator, 1));
        asked.await();
        client.close();
        Exception e = assertThrows(Exception.class, call::get);
        assertInstanceOf(CancelledException.class, e.getCause());
        assertThrows(CancelledException.class, () -> rollout(simulator, 1));
        client.close();
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @Test
  void threadsShareASimulator() throws Exception {
    try (FakeServer server = FakeServer.tcp();
        GaitwayClient client = server.client().build()) {
      server.rollout = ConnectionTest::echo;
      Simulator simulator = client.simulator("fake", Map.of());
      ExecutorService executor = Executors.newFixedThreadPool(4);
      try {
        List<Future<Rollout>> rollouts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
          double value = i;
          rollouts.add(executor.submit(() -> rollout(simulator, value)));
        }
        for (int i = 0; i < rollouts.size(); i++) {
          double[] us = new double[T * NU];
          Arrays.fill(us, i);
          Trajectory trajectory = rollouts.get(i).get().trajectory();
          assertArrayEquals(us, trajectory.us);
          assertEquals(2.0 * i, trajectory.xs[NX]);
        }
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    GaitwayClient.Builder builder = GaitwayClient.builder();
    assertThrows(IllegalStateException.class, builder::build);
    assertThrows(IllegalArgumentException.class, () -> builder.maxMessageBytes(0));
    assertThrows(IllegalArgumentException.class, () -> builder.target("nonsense"));
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
