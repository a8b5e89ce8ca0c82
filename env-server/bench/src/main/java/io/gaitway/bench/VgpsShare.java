package io.gaitway.bench;

import io.gaitway.agents.algorithms.Vgps;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.optim.policy.Architecture;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * Measures which share of a VGPS iteration on the swimmer, with the embedded server, is spent in
 * the machinery of remote calls (see {@link TimedSimulator}), and prints a Markdown table. The JVM
 * must see one processor: on more, the server runs a call's kernels side by side, and the kernels
 * run again afterwards would hide machinery. Exit status 1 when the share exceeds its promise.
 */
public final class VgpsShare {
  private static final int WARM_UP_ITERATIONS = 40;
  private static final int ITERATIONS = 40;
  private static final int HIDDEN = 10;
  private static final int HORIZON = 400;
  private static final double AT_MOST = 0.10;
  private static final double AIM = 0.03;

  private VgpsShare() {}

  /** Runs. */
  public static void main(String[] args) {
    int processors = Runtime.getRuntime().availableProcessors();
    if (args.length != 0 || processors != 1) {
      System.err.println(
          "usage: VgpsShare, without arguments, in a JVM with -XX:ActiveProcessorCount=1 (it has "
              + processors
              + ")");
      System.exit(2);
    }
    System.exit(measure() <= AT_MOST ? 0 : 1);
  }

  private static double measure() {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      TimedSimulator simulator =
          new TimedSimulator(client.simulator("swimmer", Map.of()), SwimmerRun.swimmer());
      Vgps vgps = new Vgps();
      Learner learner =
          vgps.learner(
              new Task<>(
                  simulator,
                  vgps.preset(Agent.DEFAULT_PRESET, "swimmer"),
                  simulator.environment().observation(),
                  Architecture.of(HIDDEN),
                  1,
                  WARM_UP_ITERATIONS + ITERATIONS,
                  HORIZON));
      learner.start();
      for (int i = 1; i <= WARM_UP_ITERATIONS; i++) {
        learner.iterate(i);
      }
      double[] times = new double[ITERATIONS];
      double machinery = 0;
      for (int i = 0; i < ITERATIONS; i++) {
        simulator.reset();
        long start = System.nanoTime();
        learner.iterate(WARM_UP_ITERATIONS + 1 + i);
        times[i] = System.nanoTime() - start - simulator.kernelNanoseconds();
        machinery += simulator.callNanoseconds() - simulator.kernelNanoseconds();
      }
      double share = machinery / Arrays.stream(times).sum();
      Arrays.sort(times);
      double median = (times[ITERATIONS / 2 - 1] + times[ITERATIONS / 2]) / 2;
      System.out.println("| row | iteration, ms, median | machinery, % | at most, % | aim, % |");
      System.out.println("|---|---|---|---|---|");
      System.out.printf(
          Locale.ROOT,
          "| VGPS iteration, swimmer, embedded server | %.1f | %.1f | %.0f | %.0f |%n",
          median / 1e6,
          100 * share,
          100 * AT_MOST,
          100 * AIM);
      return share;
    }
  }
}
