package io.gaitway.bench;

import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Whole-trajectory calls of the Java client, with client and server in one process. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CallBenchmark {
  private static final int KNOTS = 500;
  private static final int HORIZON = 400;
  private static final int ILQR_ITERATIONS = 20;
  private static final List<Double> STEP_SIZES =
      List.of(1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1);

  /** How client and server are connected. */
  @Param({"in-process", "tcp"})
  public String transport = "in-process";

  private final EmbeddedServer embedded = EmbeddedServer.start();
  private final GaitwayClient inProcessClient = embedded.client();
  private final GaitwayServer tcp = tcpServer();
  private final GaitwayClient tcpClient;
  private final Trajectory run;
  private final Expansion expansion;
  private final RolloutRequest lineSearch;
  private Simulator simulator = inProcessClient.simulator("swimmer", Map.of());

  /** Starts a server on each transport. */
  public CallBenchmark() {
    tcpClient = GaitwayClient.connect("127.0.0.1:" + tcp.port());
    Environment swimmer = SwimmerRun.swimmer();
    run = SwimmerRun.trajectory(swimmer, KNOTS);
    expansion = new Expansion(KNOTS, run.nx, run.nu);
    lineSearch = lineSearch(SwimmerRun.trajectory(swimmer, HORIZON));
  }

  private static GaitwayServer tcpServer() {
    try {
      return GaitwayServer.builder(Environments.load())
          .start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rollouts of a line search around a few iterations' iLQR solution. */
  private RolloutRequest lineSearch(Trajectory start) {
    Ilqr.Options options = Ilqr.Options.defaults().withMaxIterations(ILQR_ITERATIONS);
    Ilqr.Solution solution = new Ilqr(simulator, HORIZON, options).solve(start);
    Trajectory nominal = solution.nominal();
    Controller controller =
        new Controller.LinearGaussian(
            HORIZON, nominal.xs, nominal.us, solution.sweep().k, solution.sweep().K, new double[0]);
    return new RolloutRequest(
        HORIZON,
        List.of(Arrays.copyOf(nominal.xs, nominal.nx)),
        List.of(controller),
        List.of(),
        STEP_SIZES);
  }

  /** Chooses the transport. */
  @Setup
  public void connect() {
    if (transport.equals("tcp")) {
      simulator = tcpClient.simulator("swimmer", Map.of());
    }
  }

  /** Ends clients and servers. */
  @TearDown
  public void close() {
    inProcessClient.close();
    tcpClient.close();
    embedded.close();
    tcp.close();
  }

  /** Linearises 500 knots. */
  @Benchmark
  public Expansion linearize() {
    simulator.linearize(run, Simulator.CostHessian.GAUSS_NEWTON, expansion);
    return expansion;
  }

  /** Rolls a controller out over 400 control steps with 10 step sizes. */
  @Benchmark
  public List<Rollout> rollout() {
    List<Rollout> rollouts = simulator.rollout(lineSearch);
    for (Rollout rollout : rollouts) {
      if (rollout.diverged()) {
        throw new IllegalStateException(
            "a rollout diverged after %d steps".formatted(rollout.steps()));
      }
    }
    return rollouts;
  }
}
