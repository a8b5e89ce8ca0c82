package io.gaitway.bench;

import io.gaitway.agents.algorithms.Vgps;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.agents.guidance.Guide;
import io.gaitway.agents.guidance.GuideSettings;
import io.gaitway.agents.guidance.SweepSettings;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Measures how much noise the feedback of the initial q bears on the walker, by the disturbance
 * that its sweep averages over, and prints a Markdown table: falls in 200 rollouts, and mean cost
 * relative to the DDP solution; then, with q's own noise, what a control step costs while upright,
 * what it costs after a fall if the simulation goes on, and what it is charged since it does not.
 * The nominal is the same in every row.
 */
public final class GuideFalls {
  private static final double KAPPA = 1;
  private static final int HORIZON = 500;
  private static final int ROLLOUTS = 200;
  private static final int SAMPLES = 30;
  private static final long SEED = 0;
  private static final List<Double> SWEEP_STD = List.of(0.0, 30.0, 60.0, 120.0);
  private static final List<Double> NOISE = List.of(3.0, 10.0, 20.0);

  /** What makes a hip's height that no walker gets below a fall: none ends an episode. */
  private static final Map<String, Double> GOES_ON = Map.of("fall_height", -1000.0);

  private static final int ROOT_Y = 1;

  private final Simulator simulator;
  private final Simulator unending;
  private final double fallHeight;

  private GuideFalls(GaitwayClient client) {
    simulator = client.simulator("walker", Map.of());
    unending = client.simulator("walker", GOES_ON);
    fallHeight =
        simulator.environment().parameters().stream()
            .filter(parameter -> parameter.name().equals("fall_height"))
            .findAny()
            .orElseThrow()
            .value();
  }

  /** Runs. */
  public static void main(String[] args) {
    if (args.length != 0) {
      System.err.println("usage: GuideFalls, without arguments");
      System.exit(2);
    }
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      new GuideFalls(client).measure();
    }
  }

  private void measure() {
    System.out.print("| sweep over, N m | own noise at κ = 1 |");
    NOISE.forEach(std -> System.out.printf(Locale.ROOT, " %.0f N m |", std));
    System.out.println(" upright step | after a fall, simulated | after a fall, charged |");
    System.out.println("|---|---|" + "---|".repeat(NOISE.size() + 3));
    for (double sweepStd : SWEEP_STD) {
      Guide guide = guide(sweepStd);
      Reference reference = guide.start();
      System.out.printf(Locale.ROOT, "| %.0f |", sweepStd);
      List<Rollout> own = rollouts(simulator, guide.q().controller());
      printFalls(own, reference.cost());
      NOISE.forEach(
          std -> printFalls(rollouts(simulator, withNoise(guide.q(), std)), reference.cost()));
      printStepCosts(rollouts(unending, guide.q().controller()));
      printCharge(own);
    }
  }

  /** VGPS's guide on the walker, but for the temperature and the sweep. */
  private Guide guide(double sweepStd) {
    Vgps vgps = new Vgps();
    Vgps.Options options = vgps.preset(Agent.DEFAULT_PRESET, "walker");
    GuideSettings of = options.guide();
    GuideSettings settings =
        new GuideSettings(
            KAPPA,
            of.padding(),
            of.initialStd(),
            of.inflation(),
            new SweepSettings(sweepStd, SAMPLES, of.sweep().sweepRounds(), of.sweep().sweepAngle()),
            of.derivatives(),
            of.innerIterations());
    Task<Vgps.Options> task =
        new Task<>(
            simulator,
            options,
            simulator.environment().observation(),
            Architecture.of(1),
            SEED,
            1,
            HORIZON);
    return new Guide(task, settings);
  }

  private static Controller withNoise(GaussianTrajectory q, double std) {
    double[] factors = new double[q.T * q.nu * q.nu];
    for (int i = 0; i < q.T * q.nu; i++) {
      factors[i * q.nu + i % q.nu] = std;
    }
    return new Controller.LinearGaussian(q.T, q.xs, q.us, new double[q.T * q.nu], q.K, factors);
  }

  /** What a step costs on average before a fall and, with the simulation going on, after it. */
  private void printStepCosts(List<Rollout> rollouts) {
    double[] sums = new double[2];
    int[] counts = new int[2];
    for (Rollout rollout : rollouts) {
      int after = 0;
      for (int t = 0; t < rollout.steps(); t++) {
        double height = rollout.trajectory().xs[t * rollout.trajectory().nx + ROOT_Y];
        after = height < fallHeight ? 1 : after;
        sums[after] += rollout.trajectory().costs[t];
        counts[after]++;
      }
    }
    System.out.printf(
        Locale.ROOT, " %.2f | %s |", sums[0] / counts[0], orNoFall(sums[1], counts[1]));
  }

  /** What a step after a fall is charged on average, with its share of the terminal cost. */
  private static void printCharge(List<Rollout> rollouts) {
    double sum = 0;
    int count = 0;
    for (Rollout rollout : rollouts) {
      if (rollout.terminated()) {
        sum += rollout.trajectory().costs[HORIZON];
        count += HORIZON - rollout.steps();
      }
    }
    System.out.printf(Locale.ROOT, " %s |%n", orNoFall(sum, count));
  }

  private static String orNoFall(double sum, int count) {
    return count == 0 ? "no fall" : String.format(Locale.ROOT, "%.2f", sum / count);
  }

  private static List<Rollout> rollouts(Simulator simulator, Controller controller) {
    return simulator.rollout(
        new RolloutRequest(
            HORIZON,
            List.of(simulator.environment().initialState().meanState()),
            List.of(controller),
            LongStream.range(0, ROLLOUTS).boxed().toList(),
            List.of()));
  }

  private static void printFalls(List<Rollout> rollouts, double ddpCost) {
    double falls = rollouts.stream().filter(Rollout::terminated).count();
    double cost = rollouts.stream().mapToDouble(Rollout::cost).average().orElseThrow();
    System.out.printf(Locale.ROOT, " %.1f %% (%.2f) |", 100 * falls / ROLLOUTS, cost / ddpCost);
  }
}
