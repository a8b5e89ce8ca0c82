package io.gaitway.agents.algorithms;

import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.BetaSchedule;
import io.gaitway.agents.guidance.GuideSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.agents.guidance.GuidedLearner;
import io.gaitway.agents.guidance.ImitationSettings;
import io.gaitway.agents.guidance.SelectionSettings;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyFit;
import io.gaitway.optim.policy.PolicySamples;
import io.gaitway.optim.policy.SampleWeights;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The analogue of PoWER (Kober and Peters, Learning motor primitives for robotics, 2009) that
 * Levine and Koltun compare with (Variational Policy Search via Trajectory Optimization, 2013,
 * section 6): expectation maximisation of log p(O | θ), as in VGPS, but with q made of trajectories
 * of the policy itself. Trajectory i weighs w_i ∝ exp(−κ β_k Σ_t c_t), and the M step is max Σ_i
 * w_i Σ_t log π(u_t | x_t).
 *
 * <p>Beyond the paper, off in its preset: weights by the cost still to come at each step, as in
 * PoWER itself ({@code cost_to_go}), and a temperature that gives the weights a wanted effective
 * size ({@code effective_share}); for the first policy, what VGPS has: padding, inflation, rollouts
 * of q. Never off: the policy's noise does not fall below {@code minimum_std}, for the likelihood
 * of a single trajectory has no other bound.
 */
public final class CostWeighted implements GuidedAgent<CostWeighted.Options> {

  /**
   * Settings.
   *
   * @param guide of the first policy
   * @param imitation of the fits
   * @param weighting of the trajectories
   * @param selection of the result
   */
  public record Options(
      GuideSettings guide,
      ImitationSettings imitation,
      WeightingSettings weighting,
      SelectionSettings selection) {}

  /**
   * Settings of the trajectories and their weights.
   *
   * @param onPolicy rollouts per iteration
   * @param schedule of β
   * @param costToGo whether steps have weights of their own
   * @param effectiveShare effective size of the weights, 0 for β
   * @param fitStates of a control step at most
   */
  public record WeightingSettings(
      @Setting(value = "Rollouts of the policy per iteration", min = 2, max = 10_000) int onPolicy,
      BetaSchedule schedule,
      @Setting(
              "Whether each step is weighted by the cost to come, not a trajectory by all its cost")
          boolean costToGo,
      @Setting(
              value =
                  "Effective size of the weighted trajectories, as a share of all; 0 for the"
                      + " temperature that kappa and beta give",
              min = 0,
              max = 1)
          double effectiveShare,
      @Setting(
              value =
                  "Most states of a control step in the fit; with more rollouts, drawn by weight",
              min = 1)
          int fitStates) {}

  @Override
  public String name() {
    return "cost-weighted";
  }

  @Override
  public String summary() {
    return "Fits the policy to 10 of its own trajectories, weighted by their exponentiated cost, like"
        + " PoWER (Kober and Peters 2009)";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new CostWeightedLearner(task);
  }

  /** Samples, weighs and fits. */
  static final class CostWeightedLearner extends GuidedLearner {
    /** Steps of less weight are left out of the fit. */
    private static final double LEAST_WEIGHT = 1e-12;

    private final double kappa;
    private final WeightingSettings weighting;

    CostWeightedLearner(Task<Options> task) {
      super(
          task, task.settings().guide(), task.settings().imitation(), task.settings().selection());
      kappa = task.settings().guide().kappa();
      weighting = task.settings().weighting();
    }

    @Override
    protected GaussianMlp improve(
        GaussianMlp last, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      double beta = weighting.schedule().beta(iteration);
      if (weighting.effectiveShare() == 0) {
        scalars.put(IterationReport.BETA, beta);
      }
      List<Rollout> rollouts =
          guide.rollouts(last.controller(), noiseSeeds(iteration, weighting.onPolicy())).stream()
              .filter(rollout -> Double.isFinite(rollout.cost()))
              .toList();
      if (rollouts.isEmpty()) {
        return last;
      }
      PolicyFit.Result fit =
          imitation.fit(samples(rollouts, kappa * beta, normal), last, iteration, normal);
      scalars.put(IterationReport.FIT_OBJECTIVE, fit.objective());
      return fit.policy();
    }

    /** The trajectories' own actions as examples. */
    private PolicySamples samples(List<Rollout> rollouts, double lambda, NormalSampler normal) {
      int states = Math.min(rollouts.size(), weighting.fitStates());
      PolicySamples samples =
          new PolicySamples(
              environment().nx(), task.observation(), environment().nu(), states * task.horizon());
      double[] exact = new double[environment().nu() * environment().nu()];
      double[][] costs = rollouts.stream().map(this::costs).toArray(double[][]::new);
      double[] weights = new double[0];
      for (int t = 0; t < task.horizon(); t++) {
        if (t == 0 || weighting.costToGo()) {
          weights = weights(costs, t, lambda);
        }
        double[] drawn =
            states < rollouts.size()
                ? SampleWeights.resampled(weights, states, normal.nextUniform())
                : weights;
        for (int i = 0; i < rollouts.size(); i++) {
          if (t < rollouts.get(i).steps() && drawn[i] > LEAST_WEIGHT) {
            Trajectory trajectory = rollouts.get(i).trajectory();
            samples.add(
                trajectory.xs,
                t * trajectory.nx,
                trajectory.us,
                t * trajectory.nu,
                exact,
                0,
                drawn[i]);
          }
        }
      }
      return samples;
    }

    /** Costs to come from each step on, the terminal one and that of a fall included. */
    private double[] costs(Rollout rollout) {
      double[] costs = rollout.trajectory().costs;
      double[] toCome = new double[task.horizon() + 1];
      toCome[task.horizon()] = costs[task.horizon()];
      for (int t = task.horizon() - 1; t >= 0; t--) {
        toCome[t] = toCome[t + 1] + costs[t];
      }
      return toCome;
    }

    private double[] weights(double[][] costs, int t, double lambda) {
      double[] toCome = Arrays.stream(costs).mapToDouble(of -> of[t]).toArray();
      return weighting.effectiveShare() > 0
          ? SampleWeights.ofEffectiveSize(toCome, weighting.effectiveShare() * toCome.length)
          : SampleWeights.exponential(toCome, lambda);
    }
  }
}
