package io.gaitway.bench;

import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.RiccatiSweep;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The backward sweep of iLQR over 400 knots of a swimmer's run. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SweepBenchmark {
  private static final int T = 400;
  private static final double LAMBDA = 1e-3;

  private final Expansion expansion = expansion();
  private final RiccatiSweep sweep = new RiccatiSweep(T, expansion.nx, expansion.nu);

  private static Expansion expansion() {
    Trajectory run = SwimmerRun.trajectory(SwimmerRun.swimmer(), T);
    Expansion expansion = new Expansion(T, run.nx, run.nu);
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      client
          .simulator("swimmer", Map.of())
          .linearize(run, Simulator.CostHessian.GAUSS_NEWTON, expansion);
    }
    return expansion;
  }

  /** Gains and value function of every knot. */
  @Benchmark
  public RiccatiSweep sweep() {
    if (!sweep.sweep(expansion, LAMBDA, RiccatiSweep.Form.CONTROL)) {
      throw new IllegalStateException("the sweep failed at knot " + sweep.failedKnot());
    }
    return sweep;
  }
}
