package io.gaitway.agents.examples;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.InitialSolution;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.Network;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Random search (Rastrigin, The convergence of the random search method, 1963): change all weights
 * at random, and keep the change if the policy gets cheaper. An example of an agent, shown in
 * CONTRIBUTING.md.
 */
public final class RandomSearch implements Agent<RandomSearch.Options> {

  /**
   * Settings.
   *
   * @param step of the search
   * @param candidates of an iteration
   * @param noise of the policy
   */
  public record Options(
      @Setting(value = "Standard deviation of a change of the weights", above = 0) double step,
      @Setting(value = "Changes tried per iteration", min = 1, max = 1000) int candidates,
      @Setting(value = "Standard deviation of the policy's noise", above = 0, unit = "N m")
          double noise) {}

  @Override
  public String name() {
    return "random-search";
  }

  @Override
  public String summary() {
    return "Keeps random changes of the weights that make the policy cheaper (Rastrigin 1963)";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Options preset(String preset, String environment) {
    return new Options(0.3, 8, 1);
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new Searcher(task);
  }

  private static final class Searcher implements Learner {
    private final Task<Options> task;
    private final int inputs;
    private final int nu;
    private double[] weights;
    private double cost = Double.POSITIVE_INFINITY;

    Searcher(Task<Options> task) {
      this.task = task;
      inputs = task.observation().size();
      nu = task.simulator().environment().nu();
      weights = new double[task.architecture().parameterCount(inputs, nu)];
    }

    @Override
    public Reference start() {
      Trajectory solution = new InitialSolution(task.simulator()).solve(task.horizon());
      return new Reference(solution, solution.totalCost());
    }

    @Override
    public IterationReport iterate(int iteration) {
      NormalSampler normal =
          new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {task.seed(), iteration}));
      List<double[]> candidates = new ArrayList<>();
      for (int n = 0; n < task.settings().candidates(); n++) {
        double[] candidate = weights.clone();
        for (int i = 0; i < candidate.length; i++) {
          candidate[i] += task.settings().step() * normal.next();
        }
        candidates.add(candidate);
      }
      List<Controller> policies = new ArrayList<>();
      candidates.forEach(candidate -> policies.add(policy(candidate).controller().withoutNoise()));
      double[] start = task.simulator().environment().initialState().meanState();
      List<Rollout> rollouts =
          task.simulator()
              .rollout(
                  new RolloutRequest(
                      task.horizon(), List.of(start), policies, List.of(), List.of()));
      for (int n = 0; n < rollouts.size(); n++) {
        if (rollouts.get(n).cost() < cost) {
          cost = rollouts.get(n).cost();
          weights = candidates.get(n);
        }
      }
      return new IterationReport(Map.of("best_cost", cost));
    }

    @Override
    public Policy policy() {
      return policy(weights);
    }

    private Policy policy(double[] theta) {
      double[] std = new double[nu];
      Arrays.fill(std, task.settings().noise());
      int nx = task.simulator().environment().nx();
      return Network.of(task.architecture(), nx, task.observation(), nu, theta, std);
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = JsonNodeFactory.instance.objectNode();
      ExactDoubles.put(state, "weights", weights);
      ExactDoubles.put(state, "cost", cost);
      return state;
    }

    @Override
    public void restore(ObjectNode state) {
      weights = ExactDoubles.get(state, "weights");
      cost = ExactDoubles.getScalar(state, "cost");
    }
  }
}
