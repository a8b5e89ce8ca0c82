package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeterminismTier;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetServerInfoResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The standard services, connections that fall silent, and metrics. */
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

  private static ServerReflectionResponse reflection(Rig rig, ServerReflectionRequest request)
      throws Exception {
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
    out.onNext(request);
    ServerReflectionResponse response = answer.get(10, TimeUnit.SECONDS);
    out.onCompleted();
    return response;
  }

  @Test
  void reflectionNamesTheServices() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      List<String> names =
          reflection(rig, ServerReflectionRequest.newBuilder().setListServices("").build())
              .getListServicesResponse()
              .getServiceList()
              .stream()
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
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "google.rpc.Status",
        "google.rpc.ErrorInfo",
        "google.rpc.RetryInfo",
        "google.rpc.BadRequest",
        "gaitway.v1.AdminService"
      })
  void reflectionKnowsWhatFaultsCarry(String symbol) throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      ServerReflectionResponse answer =
          reflection(
              rig, ServerReflectionRequest.newBuilder().setFileContainingSymbol(symbol).build());
      assertTrue(
          answer.getFileDescriptorResponse().getFileDescriptorProtoCount() > 0, answer.toString());
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
      System.gc(); // What is counted outlives a collection.
      assertEquals(1, meters.get("gaitway.sessions").gauge().value());
      assertEquals(12, meters.get("gaitway.steps").tag("in", "sessions").functionCounter().count());
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
