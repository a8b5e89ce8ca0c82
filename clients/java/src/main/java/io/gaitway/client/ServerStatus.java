package io.gaitway.client;

/**
 * What a server is doing. Rates are differences of two answers: of a count, divided by that of
 * {@code uptimeSeconds}.
 *
 * @param server name and version, such as {@code gaitway 0.1.0}
 * @param uptimeSeconds time since the server started, s
 * @param draining whether the server is shutting down and refuses new work
 * @param limits the largest requests that it takes
 * @param load what it holds and has to do
 */
public record ServerStatus(
    String server, double uptimeSeconds, boolean draining, ServerInfo.Limits limits, Load load) {

  /**
   * What a server holds and has to do.
   *
   * @param sessions sessions whose lease has not run out
   * @param environments environments in these sessions
   * @param evaluations evaluations with running episodes
   * @param runningCalls calls that have not ended, this one among them
   * @param waiting computations that wait for a worker thread
   * @param computing computations that have a worker thread
   * @param sessionSteps control steps of single environments in sessions since the server's start
   * @param rolloutSteps control steps that rollouts have completed since the server's start
   * @param linearizedKnots knots whose derivatives were asked for since the server's start
   * @param answerBytes bytes of answers that clients have not taken yet
   * @param evaluationBytes bytes that running episodes of evaluations may take
   * @param sessionBytes bytes that sessions can come to take, as counted against the limits
   * @param heapBytes bytes of the Java heap in use
   */
  public record Load(
      long sessions,
      long environments,
      long evaluations,
      long runningCalls,
      long waiting,
      long computing,
      long sessionSteps,
      long rolloutSteps,
      long linearizedKnots,
      long answerBytes,
      long evaluationBytes,
      long sessionBytes,
      long heapBytes) {}
}
