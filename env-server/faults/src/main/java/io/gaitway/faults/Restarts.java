package io.gaitway.faults;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A server that is killed and started again on its port, every twelve seconds, under stateless load
 * from Java and Python.
 *
 * <p>Arguments: how often, a Python, its program for the load.
 */
public final class Restarts implements AutoCloseable {
  private static final int PERIOD_SECONDS = 12;
  private static final int T = 100;

  private final int port;
  private final AtomicBoolean done = new AtomicBoolean();
  private Process server;

  private Restarts() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server = serve();
  }

  /** Runs. */
  public static void main(String[] args) throws Exception {
    try (Restarts restarts = new Restarts()) {
      restarts.run(Integer.parseInt(args[0]), List.of(args[1], args[2]));
    }
    System.out.println("kept");
    System.exit(0);
  }

  private void run(int times, List<String> python)
      throws IOException, InterruptedException, ExecutionException {
    List<String> command = new ArrayList<>(python);
    command.add("127.0.0.1:" + port);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (GaitwayClient client = GaitwayClient.connect("127.0.0.1:" + port)) {
      Simulator simulator = awaitServer(client);
      Process other =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      List<Future<Long>> calls =
          List.of(
              threads.submit(() -> calls(client, simulator)),
              threads.submit(() -> calls(client, simulator)));
      TimeUnit.SECONDS.sleep(PERIOD_SECONDS / 2);
      for (int i = 0; i < times; i++) {
        server.destroyForcibly().waitFor();
        server = serve();
        TimeUnit.SECONDS.sleep(PERIOD_SECONDS);
      }
      done.set(true);
      other.getOutputStream().close();
      long count = 0;
      for (Future<Long> each : calls) {
        count += each.get();
      }
      System.out.printf("%d kills; %d calls of the Java client%n", times, count);
      finish(other);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void finish(Process other) throws IOException, InterruptedException {
    try (BufferedReader output = other.inputReader(StandardCharsets.UTF_8)) {
      output.lines().forEach(System.out::println);
    }
    if (other.waitFor() != 0) {
      throw new IllegalStateException("a call of the Python client failed, see above");
    }
  }

  /** Makes calls in turn; returns their number. */
  private long calls(GaitwayClient client, Simulator simulator) {
    List<double[]> starts = simulator.initialStates(7, 10);
    Rollout expected = rollout(simulator, starts);
    long count = 2;
    while (!done.get()) {
      Rollout found = rollout(simulator, starts);
      if (!Arrays.equals(expected.trajectory().xs, found.trajectory().xs)) {
        throw new IllegalStateException("a rollout has other bits than before");
      }
      client.environments();
      simulator.initialStates(7, 10);
      count += 3;
    }
    return count;
  }

  private static Rollout rollout(Simulator simulator, List<double[]> starts) {
    double[] us = new double[T * simulator.environment().nu()];
    Arrays.fill(us, 0.1);
    return simulator
        .rollout(
            new RolloutRequest(
                T, starts, List.of(new Controller.OpenLoop(us)), List.of(), List.of()))
        .get(0);
  }

  private static Simulator awaitServer(GaitwayClient client) throws InterruptedException {
    for (int tried = 0; ; tried++) {
      try {
        return client.simulator("swimmer", Map.of());
      } catch (UnavailableException e) {
        if (tried == 100) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }

  private Process serve() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "io.gaitway.agents.cli.Gaitway",
            "serve",
            "--port",
            Integer.toString(port))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  @Override
  public void close() {
    server.destroyForcibly();
  }
}
