package org.example.cartpole;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.Network;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The cross-entropy method (Rubinstein 1999; Mannor, Rubinstein and Gat 2003): draw the policy's
 * weights from a normal distribution, simulate, and move the distribution to the best of them.
 */
public final class CrossEntropy implements Agent<CrossEntropy.Options> {

  /**
   * Settings.
   *
   * @param samples policies drawn in an iteration
   * @param elite how many of them the distribution moves to
   * @param deviation its first standard deviation
   * @param noise of the policy
   */
  public record Options(
      @Setting(value = "Policies drawn per iteration", min = 2, max = 1000) int samples,
      @Setting(value = "Best policies that the distribution moves to", min = 2, max = 1000)
          int elite,
      @Setting(value = "First standard deviation of the weights", above = 0) double deviation,
      @Setting(value = "Standard deviation of the policy's noise", above = 0) double noise) {}

  @Override
  public String name() {
    return "cross-entropy";
  }

  @Override
  public String summary() {
    return "Moves a distribution of the weights to the best that it drew (Rubinstein 1999)";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Options preset(String preset, String environment) {
    return new Options(64, 8, 10, 1);
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new Search(task);
  }

  private static final class Search implements Learner {
    private final Task<Options> task;
    private final Simulator simulator;
    private final int nu;
    private double[] mean;
    private double[] std;
    private double[] best;
    private double bestCost = Double.POSITIVE_INFINITY;

    Search(Task<Options> task) {
      this.task = task;
      simulator = task.simulator();
      nu = simulator.environment().nu();
      mean = new double[task.architecture().parameterCount(task.observation().size(), nu)];
      std = new double[mean.length];
      Arrays.fill(std, task.settings().deviation());
      best = mean;
    }

    /** iLQR from a cart that is rocked gently; the scale that costs are compared with. */
    @Override
    public Reference start() {
      Ilqr ilqr = new Ilqr(simulator, task.horizon(), Ilqr.Options.defaults());
      double[] rocking = new double[task.horizon() * nu];
      for (int i = 0; i < rocking.length; i++) {
        rocking[i] = 30 * Math.signum(Math.sin(0.1 * i));
      }
      Trajectory first = ilqr.rollout(initialState(), rocking).trajectory();
      Trajectory solution = ilqr.solve(first).nominal();
      return new Reference(solution, solution.totalCost());
    }

    private double[] initialState() {
      return simulator.environment().initialState().meanState();
    }

    @Override
    public IterationReport iterate(int iteration) {
      SplittableRandom random = new SplittableRandom(task.seed() * 1_000_003 + iteration);
      List<double[]> drawn = new ArrayList<>();
      List<Controller> policies = new ArrayList<>();
      for (int n = 0; n < task.settings().samples(); n++) {
        double[] weights = mean.clone();
        for (int i = 0; i < weights.length; i++) {
          weights[i] += std[i] * random.nextGaussian();
        }
        drawn.add(weights);
        policies.add(policy(weights).controller().withoutNoise());
      }
      List<Rollout> rollouts =
          simulator.rollout(
              new RolloutRequest(
                  task.horizon(), List.of(initialState()), policies, List.of(), List.of()));
      List<Integer> order =
          IntStream.range(0, drawn.size())
              .boxed()
              .sorted(Comparator.comparingDouble(n -> cost(rollouts.get(n))))
              .toList();
      if (cost(rollouts.get(order.get(0))) < bestCost) {
        bestCost = cost(rollouts.get(order.get(0)));
        best = drawn.get(order.get(0));
      }
      move(order.stream().limit(task.settings().elite()).map(drawn::get).toList());
      return new IterationReport(Map.of("best_cost", bestCost));
    }

    private static double cost(Rollout rollout) {
      return rollout.diverged() ? Double.POSITIVE_INFINITY : rollout.cost();
    }

    private void move(List<double[]> elite) {
      for (int i = 0; i < mean.length; i++) {
        int at = i;
        double average = elite.stream().mapToDouble(w -> w[at]).average().orElseThrow();
        mean[i] = average;
        std[i] =
            Math.sqrt(
                elite.stream()
                    .mapToDouble(w -> (w[at] - average) * (w[at] - average))
                    .average()
                    .orElseThrow());
      }
    }

    @Override
    public Policy policy() {
      return policy(best);
    }

    private Policy policy(double[] weights) {
      double[] noise = new double[nu];
      Arrays.fill(noise, task.settings().noise());
      int nx = simulator.environment().nx();
      return Network.of(task.architecture(), nx, task.observation(), nu, weights, noise);
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = JsonNodeFactory.instance.objectNode();
      ExactDoubles.put(state, "mean", mean);
      ExactDoubles.put(state, "std", std);
      ExactDoubles.put(state, "best", best);
      ExactDoubles.put(state, "best_cost", bestCost);
      return state;
    }

    @Override
    public void restore(ObjectNode state) {
      mean = ExactDoubles.get(state, "mean");
      std = ExactDoubles.get(state, "std");
      best = ExactDoubles.get(state, "best");
      bestCost = ExactDoubles.getScalar(state, "best_cost");
    }
  }
}
