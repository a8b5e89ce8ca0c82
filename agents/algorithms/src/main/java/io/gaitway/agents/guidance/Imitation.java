package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyFit;
import io.gaitway.optim.policy.PolicySamples;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Supervised learning of a policy: states of q to learn from, and the fit. */
public final class Imitation {
  /**
   * Control steps after which nearly all disturbed rollouts have left the tube, so that it does not
   * matter how they go on.
   */
  private static final int SOON = 120;

  private final Task<?> task;
  private final ImitationSettings settings;
  private final int nx;
  private final int nu;
  private final List<Integer> inputs;

  /** Imitation with these settings. */
  public Imitation(Task<?> task, ImitationSettings settings) {
    this.task = task;
    this.settings = settings;
    int seen = task.parameters().size();
    nx = seen + task.simulator().environment().nx();
    nu = task.simulator().environment().nu();
    inputs =
        IntStream.concat(
                IntStream.range(0, seen), task.observation().stream().mapToInt(i -> seen + i))
            .boxed()
            .toList();
  }

  /** Number of entries that policies count as the state's: the parameters seen, then the state. */
  int nx() {
    return nx;
  }

  /** Those of these entries that a policy reads, in order. */
  List<Integer> inputs() {
    return inputs;
  }

  /**
   * States of q over the task's horizon: drawn from its marginals, and those that its own
   * controller visits.
   *
   * @param seeds draws the seeds of the controller's noise
   */
  public Visits visits(Guide guide, NormalSampler normal, NoiseSeeds seeds) {
    GaussianTrajectory q = guide.q();
    Visits visits = new Visits(q.nx);
    double[] x = new double[q.nx];
    for (int t = 0; t < task.horizon(); t++) {
      for (int s = 0; s < settings.samples(); s++) {
        q.sampleState(t, normal, x, 0);
        visits.add(t, x, 0);
      }
    }
    if (settings.rollouts() > 0) {
      Tube tube = new Tube(q);
      tube.add(visits, disturbed(guide, tube, seeds.draw(settings.rollouts())));
    }
    return visits;
  }

  /** Disturbed rollouts of q, over no more of the horizon than it takes to leave the tube. */
  private List<Rollout> disturbed(Guide guide, Tube tube, List<Long> seeds) {
    Controller controller = guide.q().disturbedController();
    int steps = Math.min(SOON, task.horizon());
    List<Rollout> rollouts = new ArrayList<>(guide.rollouts(controller, seeds, steps));
    List<Integer> staying =
        IntStream.range(0, rollouts.size())
            .filter(r -> tube.stepsInside(rollouts.get(r)) == steps && steps < task.horizon())
            .boxed()
            .toList();
    if (!staying.isEmpty()) {
      List<Rollout> whole = guide.rollouts(controller, staying.stream().map(seeds::get).toList());
      for (int i = 0; i < whole.size(); i++) {
        rollouts.set(staying.get(i), whole.get(i));
      }
    }
    return rollouts;
  }

  /** Room for examples, so many at first. */
  PolicySamples examples(int capacity) {
    return new PolicySamples(nx, inputs, nu, capacity);
  }

  /** Adds examples of the guide's actions at the states, see {@link Visits#label}. */
  void label(Visits visits, Guide guide, Visits.Weight weight, PolicySamples examples) {
    visits.label(guide.q(), guide.parameters(), weight, settings.labelCovariance(), examples);
  }

  /** Where seeds of rollouts' noise come from. */
  @FunctionalInterface
  public interface NoiseSeeds {
    /** The first {@code count} seeds; asked again, the same ones. */
    List<Long> draw(int count);
  }

  /**
   * Fits a policy to examples: from the last policy's hidden weights, or, where there is none or a
   * fresh fit is due and proves better, from random ones.
   */
  public PolicyFit.Result fit(
      PolicySamples samples, @Nullable GaussianMlp last, int iteration, NormalSampler normal) {
    if (last == null) {
      return fresh(samples, normal);
    }
    PolicyFit.Result warm = fit(settings.fitIterations()).fit(samples, last);
    if (settings.refitEvery() == 0 || iteration % settings.refitEvery() != 0) {
      return warm;
    }
    PolicyFit.Result fresh = fresh(samples, normal);
    return fresh.objective() < warm.objective() ? fresh : warm;
  }

  private PolicyFit.Result fresh(PolicySamples samples, NormalSampler normal) {
    return fit(settings.firstFitIterations())
        .fit(samples, task.architecture().hidden().get(0), settings.fitRestarts(), normal);
  }

  private PolicyFit fit(int iterations) {
    PolicyFit.Options defaults = PolicyFit.Options.defaults().withMaxIterations(iterations);
    return new PolicyFit(
        new PolicyFit.Options(
            defaults.optimizer(),
            settings.weightDecay(),
            settings.minimumStd(),
            settings.residualShare()));
  }
}
