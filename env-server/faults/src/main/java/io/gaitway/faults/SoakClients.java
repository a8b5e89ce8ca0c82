package io.gaitway.faults;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.Snapshot;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Transitions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Clients, each with a thread and a connection, that make calls of all kinds until their process is
 * killed. Once a second it prints what they did and what errors they met, one kind a line with its
 * count in front. An error without a reason, or one that is a defect of the server, begins with
 * UNDOCUMENTED.
 *
 * <p>Arguments: the server's address, the number of clients, a seed.
 */
public final class SoakClients {
  private static final SessionOptions OPTIONS =
      SessionOptions.defaults().withEnvironments(4).withMaxEpisodeSteps(60).withLease(Soak.LEASE);

  /** One in so many times a client leaves a session behind. */
  private static final int ABANDONED = 20;

  /** Long, so that a machine that is busy with other things is not taken for a call that hangs. */
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final String address;

  private SoakClients(String address) {
    this.address = address;
  }

  /** Runs. */
  public static void main(String[] args) throws InterruptedException {
    SoakClients clients = new SoakClients(args[0]);
    RandomGeneratorFactory<RandomGenerator> random = RandomGeneratorFactory.of("L64X128MixRandom");
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      RandomGenerator own = random.create(1000L * Integer.parseInt(args[2]) + i);
      Thread thread = new Thread(() -> clients.work(own), "client-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    while (!System.out.checkError()) {
      TimeUnit.SECONDS.sleep(1);
      clients.report();
    }
  }

  private void report() {
    counts.forEach(
        (what, count) -> {
          long sum = count.sumThenReset();
          if (sum > 0) {
            System.out.println(sum + " " + what);
          }
        });
  }

  private void count(String what) {
    counts.computeIfAbsent(what, name -> new LongAdder()).increment();
  }

  private void work(RandomGenerator random) {
    while (true) {
      try (GaitwayClient client =
          GaitwayClient.builder().target(address).deadline(DEADLINE).build()) {
        for (int i = random.nextInt(1, 40); i > 0; i--) {
          act(client, random);
          TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void act(GaitwayClient client, RandomGenerator random) {
    String robot = random.nextInt(4) > 0 ? "swimmer" : "walker";
    String[] kinds = {"session", "stream", "rollout", "derivatives", "catalog"};
    String kind =
        random.nextInt(ABANDONED) == 0 ? "abandoned session" : kinds[random.nextInt(kinds.length)];
    try {
      switch (kind) {
        case "session" -> session(client, robot, random);
        case "stream" -> stream(client, robot, random);
        case "rollout" -> rollout(client, robot);
        case "derivatives" -> derivatives(client, robot);
        case "catalog" -> client.environments();
        default -> client.session(robot, Map.of(), OPTIONS).detach();
      }
      count(kind);
    } catch (GaitwayException e) {
      boolean documented = !e.reason().isEmpty() && !e.reason().equals("INTERNAL");
      count(
          (documented ? "refused: " + e.reason() : "UNDOCUMENTED " + e.getMessage())
              + " in "
              + kind);
    }
  }

  private static void session(GaitwayClient client, String robot, RandomGenerator random) {
    try (Session session = client.session(robot, Map.of(), OPTIONS)) {
      session.reset(Reset.seeds(random.nextLong(), 1, 2, 3));
      double[] us = new double[4 * session.environment().nu()];
      Snapshot snapshot = session.snapshot();
      for (int t = 0; t < 20; t++) {
        session.step(us);
      }
      try (Session fork = session.fork(3, 3, 0)) {
        fork.step(new double[3 * session.environment().nu()]);
      }
      session.restore(snapshot);
      session.step(us);
    }
  }

  private static void stream(GaitwayClient client, String robot, RandomGenerator random) {
    try (Session session = client.session(robot, Map.of(), OPTIONS);
        StepStream stream = session.stream()) {
      stream.reset(Reset.all());
      int steps = random.nextInt(1, stream.window());
      for (int t = 0; t < steps; t++) {
        stream.sendStep(new double[4 * session.environment().nu()]);
      }
      for (int t = 0; t < steps; t++) {
        stream.receiveStep();
      }
    }
  }

  private static void rollout(GaitwayClient client, String robot) {
    Simulator simulator = client.simulator(robot, Map.of());
    double[] start = simulator.environment().initialState().meanState();
    double[] us = new double[200 * simulator.environment().nu()];
    simulator.rollout(
        new RolloutRequest(
            200,
            List.of(start, start, start),
            List.of(new Controller.OpenLoop(us)),
            List.of(),
            List.of()));
  }

  private static void derivatives(GaitwayClient client, String robot) {
    Simulator simulator = client.simulator(robot, Map.of());
    int nx = simulator.environment().nx();
    int nu = simulator.environment().nu();
    double[] start = simulator.environment().initialState().meanState();
    double[] xs = new double[50 * nx];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = start[i % nx];
    }
    simulator.linearizeDynamics(xs, new double[50 * nu], new Jacobians(50, nx, nu));
    simulator.evaluate(xs, new double[50 * nu], new Transitions(50, nx));
  }
}
