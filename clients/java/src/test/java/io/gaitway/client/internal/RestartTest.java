package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.sim.task.Environments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server process that is killed and started again under load; env-server/faults/restart is
 * longer.
 */
@Timeout(300)
class RestartTest {
  private static final int T = 100;

  /** How long a server may be away. */
  private static final long AWAY_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A server in a process of its own. */
  static final class Serving {
    private Serving() {}

    public static void main(String[] arguments) throws Exception {
      GaitwayServer server =
          GaitwayServer.builder(Environments.load())
              .start(
                  Transports.tcp(
                      new InetSocketAddress(
                          InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]))));
      new CountDownLatch(1).await();
      server.close();
    }
  }

  private static Process serve(int port) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Serving.class.getName(),
            Integer.toString(port))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static double[] rollout(Simulator simulator) {
    double[] start = new double[simulator.environment().nx()];
    Controller idle = new Controller.OpenLoop(new double[T * simulator.environment().nu()]);
    return simulator.rollout(RolloutRequest.single(T, start, idle)).get(0).trajectory().xs;
  }

  @Test
  void noCallNoticesTheRestart() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Process server = serve(port);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (GaitwayClient client = GaitwayClient.connect("127.0.0.1:" + port)) {
      Simulator simulator = awaitServer(client);
      double[] expected = rollout(simulator);
      CountDownLatch restarted = new CountDownLatch(1);
      List<Future<Integer>> calls = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        calls.add(
            threads.submit(
                () -> {
                  int late = 0;
                  while (late < 3) {
                    late += restarted.getCount() == 0 ? 1 : 0;
                    assertArrayEquals(expected, rollout(simulator));
                    client.environments();
                  }
                  return late;
                }));
      }
      server.destroyForcibly().waitFor();
      long killed = System.nanoTime();
      server = serve(port);
      restarted.countDown();
      // On a busy machine a server may be away for longer than a client waits for it.
      assumeTrue(awaitPort(port) - killed < AWAY_NANOS, "the server was not back in time");
      for (Future<Integer> each : calls) {
        assertTrue(each.get() >= 3);
      }
    } finally {
      threads.shutdownNow();
      server.destroyForcibly();
    }
  }

  /** When somebody listened again. */
  private static long awaitPort(int port) throws InterruptedException {
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return System.nanoTime();
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  private static Simulator awaitServer(GaitwayClient client) throws InterruptedException {
    for (int tried = 0; ; tried++) {
      try {
        return client.simulator("swimmer", Map.of());
      } catch (UnavailableException e) {
        if (tried == 200) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }
}
