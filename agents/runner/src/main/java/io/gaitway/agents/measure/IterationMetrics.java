package io.gaitway.agents.measure;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Reference;
import io.gaitway.client.simulation.Usage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of an iteration; one line of {@code metrics.jsonl}. All but the times ({@code
 * seconds}, {@code elapsedSeconds} and those of the server in {@code usage}) are the same in every
 * run of the same configuration. A cost is null if a rollout diverged. Where a policy is trained
 * from several starts, costs are means over these, lists go through them in order, and a success
 * without noise is one from every start.
 *
 * @param iteration from 1
 * @param ddpCost cost of the reference, the same in every line
 * @param stochasticCost mean cost of the noisy rollouts
 * @param deterministicCost cost of the policy without its noise
 * @param stochasticCosts cost of each noisy rollout
 * @param terminated noisy rollouts that the environment ended early, by a fall, say
 * @param fallSteps control steps that each of these completed, in the order of {@code
 *     stochasticCosts}
 * @param successes noisy rollouts that did what was asked, see {@link Judgement}
 * @param deterministicSteps steps that the policy without noise completed
 * @param deterministicSuccess whether the policy without noise did what was asked
 * @param noiseStd standard deviation of each action's noise
 * @param agent what the agent reports, by name
 * @param seconds wall-clock time of the iteration, measuring its policy included, s
 * @param elapsedSeconds wall-clock time of the run so far, time between interruption and resumption
 *     left out, s
 * @param starts what was measured from each start; absent with one alone
 * @param usage what the learner has had the simulator do so far, measuring policies left out
 */
public record IterationMetrics(
    int iteration,
    double ddpCost,
    @Nullable Double stochasticCost,
    @Nullable Double deterministicCost,
    List<@Nullable Double> stochasticCosts,
    int terminated,
    List<Integer> fallSteps,
    int successes,
    int deterministicSteps,
    boolean deterministicSuccess,
    List<Double> noiseStd,
    Map<String, @Nullable Double> agent,
    double seconds,
    double elapsedSeconds,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<StartMetrics> starts,
    Usage usage) {

  /**
   * What is recorded of one of several starts.
   *
   * @param ddpCost cost of the reference from there
   * @param stochasticCost mean cost of the noisy rollouts; null if one diverged
   * @param deterministicCost cost of the policy without its noise; null if it diverged
   * @param terminated noisy rollouts that the environment ended early
   * @param successes noisy rollouts that did what was asked
   * @param deterministicSuccess whether the policy without noise did
   */
  public record StartMetrics(
      double ddpCost,
      @Nullable Double stochasticCost,
      @Nullable Double deterministicCost,
      int terminated,
      int successes,
      boolean deterministicSuccess) {

    static StartMetrics of(Reference reference, PolicyMeasurement measurement) {
      return new StartMetrics(
          reference.cost(),
          Json.finite(measurement.stochasticCost()),
          Json.finite(measurement.deterministicCost()),
          measurement.terminated(),
          measurement.successes(),
          measurement.deterministicSuccess());
    }
  }

  /**
   * Puts together what was measured and what the agent says.
   *
   * @param measurements one for each start, in order
   */
  public static IterationMetrics of(
      int iteration,
      Reference reference,
      List<PolicyMeasurement> measurements,
      double[] noiseStd,
      IterationReport report,
      double seconds,
      double elapsedSeconds,
      Usage usage) {
    List<@Nullable Double> costs = new ArrayList<>();
    List<Integer> fallSteps = new ArrayList<>();
    for (PolicyMeasurement measurement : measurements) {
      for (PolicyMeasurement.Outcome outcome : measurement.noisy()) {
        costs.add(Json.finite(outcome.cost()));
        if (outcome.terminated()) {
          fallSteps.add(outcome.steps());
        }
      }
    }
    List<StartMetrics> starts = new ArrayList<>();
    List<Reference> references = reference.all();
    for (int i = 0; i < measurements.size() && measurements.size() > 1; i++) {
      starts.add(StartMetrics.of(references.get(i), measurements.get(i)));
    }
    List<Double> std = new ArrayList<>();
    for (double sigma : noiseStd) {
      std.add(sigma);
    }
    Map<String, @Nullable Double> agent = new LinkedHashMap<>();
    report.scalars().forEach((name, value) -> agent.put(name, Json.finite(value)));
    return new IterationMetrics(
        iteration,
        mean(references, Reference::cost),
        Json.finite(mean(measurements, PolicyMeasurement::stochasticCost)),
        Json.finite(mean(measurements, PolicyMeasurement::deterministicCost)),
        costs,
        measurements.stream().mapToInt(PolicyMeasurement::terminated).sum(),
        fallSteps,
        measurements.stream().mapToInt(PolicyMeasurement::successes).sum(),
        measurements.stream().mapToInt(each -> each.learned().steps()).min().orElseThrow(),
        measurements.stream().allMatch(PolicyMeasurement::deterministicSuccess),
        std,
        agent,
        seconds,
        elapsedSeconds,
        starts,
        usage);
  }

  /** The mean over starts. */
  public static <E> double mean(List<E> each, ToDoubleFunction<E> value) {
    double sum = 0;
    for (E one : each) {
      sum += value.applyAsDouble(one);
    }
    return sum / each.size();
  }
}
