package io.gaitway.agents.api;

import io.gaitway.client.simulation.Simulator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where an episode starts, and under which parameters: a policy may be trained from several starts
 * at once.
 *
 * @param parameters values of the environment's parameters by name, sorted; the others keep those
 *     of the task
 * @param step the episode starts in the state that the task's own initial solution, with the task's
 *     own parameters, has after so many control steps; null for the mean initial state that the
 *     environment has with these parameters
 */
public record Start(Map<String, Double> parameters, @Nullable Integer step) {

  /** The task's own start: its parameters, and the mean initial state. */
  public static final Start OWN = new Start(Map.of(), null);

  /** Most control steps into the initial solution. */
  public static final int MAX_STEP = 10_000;

  /** Sorts the map and checks the step. */
  public Start {
    parameters = new TreeMap<>(parameters);
    if (step != null && (step < 0 || step > MAX_STEP)) {
      throw new IllegalArgumentException(
          "step must be between 0 and %d, but is %d".formatted(MAX_STEP, step));
    }
  }

  /**
   * The environment with the start's parameters.
   *
   * @param task the task's environment
   */
  public Simulator simulator(Simulator task) {
    return parameters.isEmpty() ? task : task.with(parameters);
  }

  /** The start in words, such as {@code target_speed 0.9, step 40}. */
  public String inWords() {
    StringBuilder words = new StringBuilder();
    parameters.forEach((name, value) -> words.append(name + " " + value + ", "));
    return words + (step == null ? "mean initial state" : "step " + step);
  }
}
