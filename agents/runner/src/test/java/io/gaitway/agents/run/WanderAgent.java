package io.gaitway.agents.run;

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
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.Policy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;

/**
 * An agent for tests that learns nothing, and whose state is in every bit the sum of its past: its
 * weights and its random state walk on from iteration to iteration. Iteration n runs n rollouts,
 * for which it has no use.
 */
public final class WanderAgent implements Agent<WanderAgent.Options> {
  /**
   * The environment variable that names, as {@code SEED:ITERATION}, where a process is to be
   * interrupted: that iteration ends when the process does.
   */
  public static final String HOLD = "GAITWAY_TEST_HOLD";

  /** Settings. */
  public record Options(
      @Setting(value = "Width of a random step.", above = 0, max = 10) double stride,
      @Setting(value = "Time that an iteration takes.", min = 0, max = 1e4, unit = "ms")
          int pause) {}

  @Override
  public String name() {
    return "wander";
  }

  @Override
  public String summary() {
    return "Walks through the weights at random.";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Options preset(String preset, String environment) {
    return new Options(preset.equals(PAPER_PRESET) ? 1 : 0.5, 0);
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new Wanderer(task);
  }

  private static final class Wanderer implements Learner {
    private final Task<Options> task;
    private final int inputs;
    private final int nu;
    private final double[] weights;
    private final double[] std;
    private long random;

    Wanderer(Task<Options> task) {
      this.task = task;
      inputs = task.observation().size();
      nu = task.simulator().environment().nu();
      weights = new double[task.architecture().hidden().get(0) * (inputs + 1 + nu) + nu];
      std = new double[nu];
      random = task.seed();
    }

    @Override
    public Reference start() {
      int T = task.horizon();
      double[] us = new double[T * nu];
      for (int t = 0; t < T; t++) {
        for (int i = 0; i < nu; i++) {
          us[t * nu + i] = 25 * Math.sin(0.16 * t + 1.9 * i);
        }
      }
      double[] start = task.simulator().environment().initialState().meanState();
      Rollout rollout =
          task.simulator()
              .rollout(RolloutRequest.single(T, start, new Controller.OpenLoop(us)))
              .get(0);
      return new Reference(rollout.trajectory(), rollout.cost());
    }

    @Override
    public IterationReport iterate(int iteration) {
      Random generator = new Random(random);
      for (int i = 0; i < weights.length; i++) {
        weights[i] += task.settings().stride() * generator.nextGaussian();
      }
      Arrays.fill(std, 20.0 / iteration);
      random = generator.nextLong();
      try {
        Thread.sleep(task.settings().pause());
        if ((task.seed() + ":" + iteration).equals(System.getenv(HOLD))) {
          CountDownLatch ending = new CountDownLatch(1);
          Runtime.getRuntime().addShutdownHook(new Thread(ending::countDown));
          ending.await();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IllegalStateException e) {
        // The process is ending already: there is nothing to wait for.
      }
      task.simulator()
          .rollout(
              new RolloutRequest(
                  task.horizon(),
                  List.of(task.simulator().environment().initialState().meanState()),
                  List.of(policy().controller()),
                  LongStream.range(0, iteration).boxed().toList(),
                  List.of()));
      Map<String, Double> scalars = new LinkedHashMap<>();
      scalars.put(IterationReport.BETA, Math.pow(0.1, Math.min(1, iteration / 50.0)));
      scalars.put(IterationReport.FIT_OBJECTIVE, weights[0]);
      return new IterationReport(scalars);
    }

    @Override
    public Policy policy() {
      int hidden = task.architecture().hidden().get(0);
      double[] W1 = Arrays.copyOf(weights, hidden * inputs);
      double[] W2 = Arrays.copyOf(weights, nu * hidden);
      return new GaussianMlp(
          task.simulator().environment().nx(),
          task.observation(),
          W1,
          new double[hidden],
          W2,
          new double[nu],
          std.clone());
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = JsonNodeFactory.instance.objectNode();
      ExactDoubles.put(state, "weights", weights);
      ExactDoubles.put(state, "std", std);
      return state.put("random", random);
    }

    @Override
    public void restore(ObjectNode state) {
      ExactDoubles.get(state, "weights", weights);
      ExactDoubles.get(state, "std", std);
      random = state.get("random").asLong();
    }
  }
}
