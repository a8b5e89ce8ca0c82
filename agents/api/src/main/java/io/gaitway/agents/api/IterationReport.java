package io.gaitway.agents.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an agent says of an iteration: numbers by name, in the order in which they are to be shown.
 * Costs and the policy's noise are measured for every agent and need not be said. Non-finite values
 * are recorded as missing.
 *
 * @param scalars names in lower case with underscores, such as {@code beta}
 */
public record IterationReport(Map<String, Double> scalars) {

  /** Name for the multiplier of the cost in this iteration. */
  public static final String BETA = "beta";

  /** Name for the value that the policy fit reached; lower is better. */
  public static final String FIT_OBJECTIVE = "fit_objective";

  /** Name for the cost of the trajectory distribution's mean in this iteration. */
  public static final String MEAN_COST = "mean_cost";

  /** Name for the mean cost of the rollouts by which the agent judges its policy. */
  public static final String VALIDATION_COST = "validation_cost";

  /** Name for the variational lower bound of log p(O) after this iteration; higher is better. */
  public static final String LOWER_BOUND = "lower_bound";

  /** Copies the map, keeping its order. */
  public IterationReport {
    scalars = Collections.unmodifiableMap(new LinkedHashMap<>(scalars));
  }
}
