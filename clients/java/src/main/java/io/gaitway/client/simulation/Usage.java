package io.gaitway.client.simulation;

/**
 * What a server has computed, as it counted it; the same for all clients. Work is counted when it
 * is done: a rollout that falls after 120 steps counts 120, a call that fails or is cancelled
 * counts what was computed, and a call that the client repeats after the connection broke counts
 * again.
 *
 * @param rollouts rollouts run, however they ended
 * @param rolloutSteps control steps that rollouts completed
 * @param sessionSteps control steps of single environments that sessions completed
 * @param evaluatedKnots knots whose next state and cost were asked for, by {@link
 *     Simulator#evaluate} or for {@link Simulator#contactForces}
 * @param linearizedKnots knots whose derivatives were asked for; the terminal one is not counted
 * @param workerSeconds processor time that the server's threads spent on all this, s; the only one
 *     that differs when the same is done again
 */
public record Usage(
    long rollouts,
    long rolloutSteps,
    long sessionSteps,
    long evaluatedKnots,
    long linearizedKnots,
    double workerSeconds) {

  /** Nothing. */
  public static final Usage ZERO = new Usage(0, 0, 0, 0, 0, 0);

  /** All control steps simulated: of rollouts, in sessions, and from single knots. */
  public long steps() {
    return rolloutSteps + sessionSteps + evaluatedKnots;
  }

  /** The sum of both. */
  public Usage plus(Usage other) {
    return new Usage(
        rollouts + other.rollouts,
        rolloutSteps + other.rolloutSteps,
        sessionSteps + other.sessionSteps,
        evaluatedKnots + other.evaluatedKnots,
        linearizedKnots + other.linearizedKnots,
        workerSeconds + other.workerSeconds);
  }

  /** What this is more than {@code earlier}. */
  public Usage minus(Usage earlier) {
    return new Usage(
        rollouts - earlier.rollouts,
        rolloutSteps - earlier.rolloutSteps,
        sessionSteps - earlier.sessionSteps,
        evaluatedKnots - earlier.evaluatedKnots,
        linearizedKnots - earlier.linearizedKnots,
        workerSeconds - earlier.workerSeconds);
  }
}
