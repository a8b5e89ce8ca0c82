package io.gaitway.agents.run;

/**
 * What an agent's computation could not do, such as go on with a covariance that has grown beyond
 * all numbers. It is a result of the run, and the same whenever the run is repeated.
 */
public final class BreakdownException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BreakdownException(String agent, int iteration, ArithmeticException cause) {
    super(
        "%s broke down in iteration %d: %s; what was measured up to there is kept"
            .formatted(agent, iteration, cause.getMessage()),
        cause);
  }
}
