package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.fixture.CuttingProxy;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.sim.task.Environments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
 * A server that is gone at once under load, and another in its place a second later;
 * env-server/faults/restart kills processes.
 */
@Timeout(300)
class RestartTest {
  private static final int T = 100;
  private static final long AWAY_MILLIS = 1000;

  private static GaitwayServer serve() throws IOException {
    return GaitwayServer.builder(Environments.load())
        .start(Transports.tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
  }

  private static double[] rollout(Simulator simulator) {
    double[] start = new double[simulator.environment().nx()];
    Controller idle = new Controller.OpenLoop(new double[T * simulator.environment().nu()]);
    return simulator.rollout(RolloutRequest.single(T, start, idle)).get(0).trajectory().xs;
  }

  @Test
  void noCallNoticesTheRestart() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (GaitwayServer first = serve();
        GaitwayServer second = serve();
        CuttingProxy proxy = new CuttingProxy(first.port());
        GaitwayClient client = GaitwayClient.connect(proxy.address())) {
      Simulator simulator = client.simulator("swimmer", Map.of());
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
      proxy.refuse();
      TimeUnit.MILLISECONDS.sleep(AWAY_MILLIS);
      proxy.leadTo(second.port());
      restarted.countDown();
      for (Future<Integer> each : calls) {
        assertTrue(each.get() >= 3);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
