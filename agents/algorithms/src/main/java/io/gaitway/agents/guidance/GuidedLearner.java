package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.api.TrainableNetworks;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFit;
import io.gaitway.optim.policy.PolicySamples;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * A learner that begins with a policy trained on the initial DDP solution. Its first iteration is
 * that training; a subclass says what the later ones do. The result is the last policy or, with
 * rollouts to judge them by, the best one so far.
 *
 * <p>A subclass has to implement {@link #improve}. It may override {@link #imitate}, which trains
 * the first policy, and {@link #conclude}, which ends every iteration. A subclass with state of its
 * own overrides {@link #save} and {@link #restore} and calls those of this class in them. All
 * randomness of an iteration comes from the sampler that the hooks are given and from {@link
 * #noiseSeeds}: both follow from the task's seed and the iteration alone, so that a resumed run has
 * the same bits as an undisturbed one.
 */
public abstract class GuidedLearner implements Learner {
  /** What is to be done. */
  protected final Task<?> task;

  /** The trajectory distributions, one for each of the task's starts. */
  protected final List<Guide> guides;

  /** The first of them; the only one, unless the agent takes many starts. */
  protected final Guide guide;

  /** The policy's supervised training. */
  protected final Imitation imitation;

  private final SelectionSettings selection;
  private @Nullable GaussianMlp policy;

  /** The policy whose rollouts cost least so far, and what they cost on average. */
  private @Nullable GaussianMlp best;

  private double leastCost = Double.POSITIVE_INFINITY;

  /**
   * A learner that has done nothing yet.
   *
   * @param task what is to be done
   * @param guideSettings of the trajectory distribution q
   * @param imitationSettings of the policy's supervised training
   * @param selection by how many rollouts policies are judged; 0 for none, the last policy is then
   *     the result
   * @throws SettingException if the task asks for a network that the fits cannot train
   */
  protected GuidedLearner(
      Task<?> task,
      GuideSettings guideSettings,
      ImitationSettings imitationSettings,
      SelectionSettings selection) {
    TrainableNetworks.ONE_SOFTPLUS_LAYER.require("guided learning", task.architecture());
    this.task = task;
    this.selection = selection;
    guides = Guide.all(task, guideSettings);
    guide = guides.get(0);
    imitation = new Imitation(task, imitationSettings);
  }

  @Override
  public Reference start() {
    List<Reference> references = guides.stream().map(Guide::start).toList();
    Reference first = references.get(0);
    return new Reference(
        first.trajectory(), first.cost(), references.subList(1, references.size()));
  }

  @Override
  public final IterationReport iterate(int iteration) {
    NormalSampler normal =
        new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {task.seed(), iteration}));
    Map<String, Double> scalars = new LinkedHashMap<>();
    GaussianMlp found =
        policy == null
            ? imitate(null, iteration, normal, scalars)
            : improve(policy, iteration, normal, scalars);
    policy = found;
    double cost = selection.validation() == 0 ? Double.NaN : judge(found, iteration, scalars);
    conclude(found, cost, iteration, normal, scalars);
    scalars.put(IterationReport.MEAN_COST, guideCost());
    return new IterationReport(scalars);
  }

  /** Mean cost of the distributions' means over the task's horizon. */
  protected final double guideCost() {
    return guides.stream().mapToDouble(Guide::cost).average().orElseThrow();
  }

  /** The policy of the state alone that a policy is at a start's parameters. */
  protected static GaussianMlp at(GaussianMlp policy, Guide start) {
    return start.parameters().length == 0 ? policy : policy.given(start.parameters());
  }

  private double judge(GaussianMlp found, int iteration, Map<String, Double> scalars) {
    int count = selection.validation();
    double cost =
        guides.stream()
            .flatMap(each -> trials(each, at(found, each), iteration, count).stream())
            .mapToDouble(Rollout::cost)
            .average()
            .orElseThrow();
    scalars.put(IterationReport.VALIDATION_COST, cost);
    if (best == null || cost < leastCost) {
      best = found;
      leastCost = cost;
    }
    return cost;
  }

  /**
   * Noisy rollouts that judge an iteration's policy; from the start, unless a subclass has others.
   *
   * @param start the guide of the start
   * @param policy the policy there, of the state alone
   * @param iteration the iteration's number
   * @param count how many
   */
  protected List<Rollout> trials(Guide start, GaussianMlp policy, int iteration, int count) {
    return start.rollouts(policy.controller(), noiseSeeds(iteration, count));
  }

  /**
   * Trains a policy on states of q, with q's actions; the whole first iteration.
   *
   * @param last the last iteration's policy, null for the first one
   * @param iteration its number, from 1
   * @param normal the iteration's source of randomness
   * @param scalars receives what there is to say of the iteration, see {@link IterationReport}
   * @return the iteration's policy
   */
  protected GaussianMlp imitate(
      @Nullable GaussianMlp last,
      int iteration,
      NormalSampler normal,
      Map<String, Double> scalars) {
    PolicySamples examples = imitation.examples(0);
    for (Guide each : guides) {
      Visits visits = visits(each, last == null ? null : at(last, each), iteration, normal);
      imitation.label(visits, each, Visits.Weight.EQUAL, examples);
    }
    return fit(examples, last, iteration, normal, scalars);
  }

  /**
   * The states from a start that the policy is trained on: those of q. A subclass may add others.
   *
   * @param start its guide
   * @param last the last iteration's policy there, of the state alone; null in the first iteration
   * @param iteration the iteration's number
   * @param normal its source of randomness
   */
  protected Visits visits(
      Guide start, @Nullable GaussianMlp last, int iteration, NormalSampler normal) {
    return imitation.visits(start, normal, count -> noiseSeeds(iteration, count));
  }

  /**
   * Finds a better policy; every iteration but the first.
   *
   * @param last the last iteration's policy
   * @param iteration its number, from 2
   * @param normal the iteration's source of randomness
   * @param scalars receives what there is to say of the iteration, see {@link IterationReport}
   * @return the iteration's policy
   */
  protected abstract GaussianMlp improve(
      GaussianMlp last, int iteration, NormalSampler normal, Map<String, Double> scalars);

  /**
   * Does what is left to do once the iteration's policy is there, such as adapting q to it; nothing
   * unless a subclass has more.
   *
   * @param found the policy
   * @param cost mean cost of the rollouts that judge it, NaN without any
   * @param iteration its number, from 1
   * @param normal the iteration's source of randomness
   * @param scalars receives what there is to say of the iteration, see {@link IterationReport}
   */
  protected void conclude(
      GaussianMlp found,
      double cost,
      int iteration,
      NormalSampler normal,
      Map<String, Double> scalars) {}

  /**
   * Fits a policy to states with the first guide's actions, and reports the fit's objective.
   *
   * @param visits the states
   * @param weight how much each of them counts
   * @param last the policy to begin with, or null to begin afresh
   * @param iteration its number, from 1
   * @param normal the iteration's source of randomness
   * @param scalars receives the objective
   */
  protected final GaussianMlp fit(
      Visits visits,
      Visits.Weight weight,
      @Nullable GaussianMlp last,
      int iteration,
      NormalSampler normal,
      Map<String, Double> scalars) {
    PolicySamples examples = imitation.examples(visits.size());
    imitation.label(visits, guide, weight, examples);
    return fit(examples, last, iteration, normal, scalars);
  }

  private GaussianMlp fit(
      PolicySamples examples,
      @Nullable GaussianMlp last,
      int iteration,
      NormalSampler normal,
      Map<String, Double> scalars) {
    PolicyFit.Result fit = imitation.fit(examples, last, iteration, normal);
    scalars.put(IterationReport.FIT_OBJECTIVE, fit.objective());
    return fit.policy();
  }

  /** Seeds of the noise of an iteration's rollouts. */
  protected final List<Long> noiseSeeds(int iteration, int count) {
    return RandomSource.PHILOX_4X64
        .create(new long[] {task.seed(), -iteration})
        .longs(count)
        .boxed()
        .toList();
  }

  /** The environment. */
  protected final EnvironmentInfo environment() {
    return task.simulator().environment();
  }

  @Override
  public Policy policy() {
    GaussianMlp result = best == null ? policy : best;
    if (result == null) {
      throw new IllegalStateException("the learner has not iterated yet");
    }
    return result.withParameters(task.parameters());
  }

  @Override
  public ObjectNode save() {
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    guide.save(state);
    if (guides.size() > 1) {
      ArrayNode others = state.putArray("guides");
      guides.stream().skip(1).forEach(each -> each.save(others.addObject()));
    }
    if (policy != null) {
      PolicyState.put(state, policy);
    }
    if (best != null) {
      PolicyState.put(state.putObject("best"), best);
      ExactDoubles.put(state, "least_cost", leastCost);
    }
    return state;
  }

  @Override
  public void restore(ObjectNode state) {
    guide.restore(state);
    for (int i = 1; i < guides.size(); i++) {
      guides.get(i).restore((ObjectNode) state.required("guides").required(i - 1));
    }
    if (state.has("W1")) {
      policy = PolicyState.get(state, imitation.nx(), imitation.inputs());
    }
    if (state.has("best")) {
      best = PolicyState.get(state.get("best"), imitation.nx(), imitation.inputs());
      leastCost = ExactDoubles.getScalar(state, "least_cost");
    }
  }
}
