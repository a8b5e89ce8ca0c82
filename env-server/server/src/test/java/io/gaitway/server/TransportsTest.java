package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeterminismTier;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetServerInfoResponse;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Transports, standard services, draining, metrics, and the command. */
@Timeout(60)
class TransportsTest {
  @Test
  void theServerSaysWhatItIs() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      GetServerInfoResponse info =
          rig.catalog.getServerInfo(GetServerInfoRequest.getDefaultInstance());
      assertEquals(List.of("gaitway.v1", "dm_env_rpc.v1"), info.getApiVersionsList());
      assertTrue(info.getCapabilitiesList().contains("dm_env_rpc"), info.toString());
      assertEquals(DeterminismTier.DETERMINISM_TIER_MODEL, info.getDeterminism());
      assertEquals(64 << 20, info.getLimits().getMaxMessageBytes());
      assertEquals(100_000, info.getLimits().getMaxHorizon());
    }
  }

  @Test
  void reflectionNamesTheServices() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
      StreamObserver<ServerReflectionRequest> out =
          ServerReflectionGrpc.newStub(rig.channel)
              .serverReflectionInfo(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                      answer.complete(response);
                    }

                    @Override
                    public void onError(Throwable t) {
                      answer.completeExceptionally(t);
                    }

                    @Override
                    public void onCompleted() {}
                  });
      out.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
      List<String> names =
          answer.get(10, TimeUnit.SECONDS).getListServicesResponse().getServiceList().stream()
              .map(service -> service.getName())
              .toList();
      assertTrue(
          names.containsAll(
              List.of(
                  "gaitway.v1.CatalogService",
                  "gaitway.v1.EnvironmentService",
                  "gaitway.v1.DynamicsService",
                  "dm_env_rpc.v1.Environment",
                  "grpc.health.v1.Health")),
          names.toString());
      out.onCompleted();
    }
  }

  @Test
  void aUnixSocketServesAndIsReplacedOnlyWhenStale(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("gaitway.sock");
    for (int round = 0; round < 2; round++) {
      GaitwayServer server =
          GaitwayServer.builder(Environments.load()).start(Transports.unix(path));
      try (Rig rig = Rig.on(server, unixChannel(path))) {
        Session session = rig.session(CreateSessionRequest.newBuilder());
        assertEquals(1, rig.environments.step(Rig.step(session, 0, 0)).getStep());
        assertThrows(IOException.class, () -> Transports.unix(path), "somebody listens there");
      }
    }
    Path file = Files.writeString(directory.resolve("notes.txt"), "no socket");
    assertThrows(IOException.class, () -> Transports.unix(file));
    assertTrue(Files.exists(file));
  }

  private static NettyChannelBuilder unixChannel(Path path) {
    boolean epoll = Epoll.isAvailable();
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(path.toFile()))
        .channelType(epoll ? EpollDomainSocketChannel.class : KQueueDomainSocketChannel.class)
        .eventLoopGroup(
            new MultiThreadIoEventLoopGroup(
                1, epoll ? EpollIoHandler.newFactory() : KQueueIoHandler.newFactory()))
        .usePlaintext();
  }

  @Test
  void aDrainingServerRefusesNewWorkAndSaysSo() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      Session session = rig.session(CreateSessionRequest.newBuilder());
      rig.server.drain();
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class, () -> rig.environments.step(Rig.step(session, 0, 0)));
      assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      assertEquals("DRAINING", Faults.info(refused).getReason());
      assertEquals(
          ServingStatus.NOT_SERVING,
          HealthGrpc.newBlockingStub(rig.channel)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
      assertTrue(rig.server.shutdown(Duration.ofSeconds(5)));
    }
  }

  @Test
  void runningCallsFinishWhileTheServerShutsDown() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults().withThreads(1))) {
      RolloutRequest request =
          RolloutRequest.newBuilder()
              .setEnvironment(Rig.CART)
              .setHorizon(1000)
              .setInitialStates(Rig.tensor(new double[2], 1, 2))
              .addControllers(
                  Controller.newBuilder()
                      .setOpenLoop(
                          OpenLoopController.newBuilder()
                              .setActions(Rig.tensor(new double[2000], 1000, 2))))
              .addAllSeeds(Collections.nCopies(1000, 1L))
              .build();
      Iterator<RolloutResponse> answers = rig.dynamics.rollout(request);
      int rollouts = answers.next().getPartsCount();
      CompletableFuture<Boolean> finished =
          CompletableFuture.supplyAsync(() -> rig.server.shutdown(Duration.ofSeconds(30)));
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> {
                for (int i = 0; i < 1000; i++) {
                  rig.environments.createSession(
                      CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build());
                }
              });
      assertEquals("DRAINING", Faults.info(refused).getReason());
      while (answers.hasNext()) {
        rollouts += answers.next().getPartsCount();
      }
      assertEquals(1000, rollouts);
      assertTrue(finished.get(30, TimeUnit.SECONDS), "nothing had to be cancelled");
    }
  }

  @Test
  void aWatchedHealthStatusDoesNotKeepTheServerUp() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      Iterator<HealthCheckResponse> statuses =
          HealthGrpc.newBlockingStub(rig.channel).watch(HealthCheckRequest.getDefaultInstance());
      assertEquals(ServingStatus.SERVING, statuses.next().getStatus());
      assertTrue(rig.server.shutdown(Duration.ofMillis(200)), "no call had to be cancelled");
      assertEquals(ServingStatus.NOT_SERVING, statuses.next().getStatus());
      assertThrows(StatusRuntimeException.class, statuses::hasNext);
    }
  }

  @Test
  void aConnectionThatFallsSilentGivesItsSessionBack() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults().withMaxSessions(1));
        Proxy proxy = new Proxy(rig.server.port())) {
      try (Rig behind =
          Rig.on(
              rig.server,
              NettyChannelBuilder.forAddress("127.0.0.1", proxy.port()).usePlaintext())) {
        Session session = behind.session(CreateSessionRequest.newBuilder());
        assertEquals(1, behind.environments.step(Rig.step(session, 0, 0)).getStep());
        proxy.freeze();
        assertThrows(
            StatusRuntimeException.class,
            () ->
                behind
                    .environments
                    .withDeadlineAfter(200, TimeUnit.MILLISECONDS)
                    .step(Rig.step(session, 0, 0)));
        assertThrows(
            StatusRuntimeException.class,
            () -> rig.session(CreateSessionRequest.newBuilder()),
            "the lease still holds");
        rig.advance(Duration.ofMinutes(5));
        assertNotNull(rig.session(CreateSessionRequest.newBuilder()));
      }
    }
  }

  @Test
  void callsSessionsAndStepsAreCounted() throws Exception {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .meters(meters)
            .start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    try (Rig rig =
        Rig.on(server, NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext())) {
      Session session = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(3));
      for (int i = 0; i < 4; i++) {
        assertNotNull(rig.environments.step(Rig.step(session, new double[6])));
      }
      assertThrows(
          StatusRuntimeException.class,
          () -> rig.environments.step(Rig.step(session, 9, 9, 9, 9, 9, 9)));
      assertEquals(1, meters.get("gaitway.sessions").gauge().value());
      assertEquals(12, meters.get("gaitway.environment.steps").functionCounter().count());
      String step = "gaitway.v1.EnvironmentService/Step";
      // A call's end is counted just after its answer has gone out.
      var refused = meters.find("gaitway.calls").tag("status", "INVALID_ARGUMENT");
      for (int i = 0; i < 100 && refused.timer() == null; i++) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      assertEquals(
          4, meters.get("gaitway.calls").tag("method", step).tag("status", "OK").timer().count());
      assertEquals(
          1,
          meters
              .get("gaitway.calls")
              .tag("method", step)
              .tag("status", "INVALID_ARGUMENT")
              .timer()
              .count());
    }
  }

  @Test
  void theCommandServesAndStopsCleanlyOnSigterm() throws Exception {
    Process process = serve("--metrics-port", "0", "--threads", "1");
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = String.valueOf(out.readLine());
      Matcher ports =
          Pattern.compile("gaitway serving on 127\\.0\\.0\\.1:(\\d+), metrics on (http://\\S+)")
              .matcher(line);
      assertTrue(ports.matches(), line);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(ports.group(1)))
              .usePlaintext()
              .build();
      assertEquals(
          ServingStatus.SERVING,
          HealthGrpc.newBlockingStub(channel)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
      assertTrue(
          CatalogServiceGrpc.newBlockingStub(channel)
                  .listEnvironments(ListEnvironmentsRequest.getDefaultInstance())
                  .getEnvironmentsCount()
              >= 1);
      String metrics =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(ports.group(2) + "/metrics")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      assertTrue(metrics.contains("gaitway_sessions 0"), metrics);
      process.destroy();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(143, process.exitValue());
      channel.shutdownNow();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void theCommandStopsWithItsInputOnRequest() throws Exception {
    Process process = serve("--until-eof");
    try {
      String line = String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine());
      assertTrue(line.matches("gaitway serving on 127\\.0\\.0\\.1:\\d+"), line);
      process.getOutputStream().write("still here".getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      assertFalse(process.waitFor(200, TimeUnit.MILLISECONDS), "its input has not ended");
      process.getOutputStream().close();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process serve(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ServeMain.class.getName(),
                "--port",
                "0"));
    command.addAll(List.of(options));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Test
  void theCommandRefusesWhatItCannotServe() throws Exception {
    for (List<String> arguments :
        List.of(
            List.of("--port", "70000"),
            List.of("--threads", "-1"),
            List.of("--max-sessions", "0"))) {
      StringWriter err = new StringWriter();
      int code =
          new CommandLine(new ServeCommand())
              .setErr(new PrintWriter(err))
              .execute(arguments.toArray(new String[0]));
      assertEquals(2, code);
      assertFalse(err.toString().contains("\tat "), err.toString());
    }
  }

  /** Forwards bytes both ways until it is told to fall silent without closing anything. */
  private static final class Proxy implements AutoCloseable {
    private final ServerSocket listener;
    private final List<Socket> sockets = new ArrayList<>();
    private volatile boolean frozen;

    Proxy(int target) throws IOException {
      listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
      run(
          () -> {
            Socket from = listener.accept();
            Socket to = new Socket("127.0.0.1", target);
            synchronized (sockets) {
              sockets.add(from);
              sockets.add(to);
            }
            run(() -> pump(from, to));
            run(() -> pump(to, from));
          });
    }

    private interface Task {
      void run() throws IOException;
    }

    private static void run(Task task) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  task.run();
                } catch (IOException closed) {
                  // The test is over.
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private void pump(Socket from, Socket to) throws IOException {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[1 << 16];
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (!frozen) {
          out.write(bytes, 0, n);
        }
      }
    }

    int port() {
      return listener.getLocalPort();
    }

    void freeze() {
      frozen = true;
    }

    @Override
    public void close() throws IOException {
      listener.close();
      synchronized (sockets) {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }
}
