package io.gaitway.server.call;

import java.time.Duration;

/**
 * What a server may be asked for.
 *
 * @param threads worker threads that rollouts, long linearisations and large batches of
 *     environments share
 * @param maxMessageBytes largest request message, and the most that the server holds of one
 * @param maxSessions most sessions at a time
 * @param maxEnvironmentsPerSession most environments in one session
 * @param maxAddedEnvironments most environments that a principal has added
 * @param maxStepsPerRequest most control steps or knots in one request
 * @param maxHorizon most control steps in one rollout
 * @param defaultLease lease of a session that asks for none
 * @param maxLease longest lease
 * @param evaluationIdle time after which the running episodes of an evaluation that nobody controls
 *     are forgotten
 * @param maxEvaluationBytes most memory that the running episodes of all evaluations may take
 * @param evaluations how many evaluations are kept, and for how long
 * @param sessions how much sessions may take, and what they keep
 */
public record ServerOptions(
    int threads,
    int maxMessageBytes,
    int maxSessions,
    int maxEnvironmentsPerSession,
    int maxAddedEnvironments,
    long maxStepsPerRequest,
    int maxHorizon,
    Duration defaultLease,
    Duration maxLease,
    Duration evaluationIdle,
    long maxEvaluationBytes,
    EvaluationLimits evaluations,
    SessionLimits sessions) {

  /** The defaults: a worker for every processor. */
  public static ServerOptions defaults() {
    return new ServerOptions(
        Runtime.getRuntime().availableProcessors(),
        64 << 20,
        1024,
        1024,
        64,
        5_000_000,
        100_000,
        Duration.ofMinutes(5),
        Duration.ofHours(24),
        Duration.ofMinutes(5),
        Math.max(1, Runtime.getRuntime().maxMemory() / 4),
        EvaluationLimits.defaults(),
        SessionLimits.defaults());
  }

  /** Checks the ranges; a time beyond {@link TimeLimit#NONE} means no limit. */
  public ServerOptions {
    requirePositive("threads", threads);
    requirePositive("maxMessageBytes", maxMessageBytes);
    requirePositive("maxSessions", maxSessions);
    requirePositive("maxEnvironmentsPerSession", maxEnvironmentsPerSession);
    requirePositive("maxAddedEnvironments", maxAddedEnvironments);
    requirePositive("maxStepsPerRequest", maxStepsPerRequest);
    requirePositive("maxHorizon", maxHorizon);
    requirePositive("maxEvaluationBytes", maxEvaluationBytes);
    defaultLease = requireLength("defaultLease", defaultLease);
    maxLease = requireLength("maxLease", maxLease);
    evaluationIdle = requireLength("evaluationIdle", evaluationIdle);
    if (maxLease.compareTo(defaultLease) < 0) {
      throw new IllegalArgumentException(
          "maxLease must be at least defaultLease, %s, but is %s"
              .formatted(defaultLease, maxLease));
    }
  }

  /** The same with another number of worker threads. */
  public ServerOptions withThreads(int count) {
    return new ServerOptions(
        count,
        maxMessageBytes,
        maxSessions,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        maxEvaluationBytes,
        evaluations,
        sessions);
  }

  /** The same with another limit on request messages. */
  public ServerOptions withMaxMessageBytes(int bytes) {
    return new ServerOptions(
        threads,
        bytes,
        maxSessions,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        maxEvaluationBytes,
        evaluations,
        sessions);
  }

  /** The same with another limit on sessions, for all and for each principal. */
  public ServerOptions withMaxSessions(int count) {
    return new ServerOptions(
        threads,
        maxMessageBytes,
        count,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        maxEvaluationBytes,
        evaluations,
        sessions.withSessionsPerPrincipal(count));
  }

  /** The same with other limits on what sessions take. */
  public ServerOptions withSessions(SessionLimits limits) {
    return new ServerOptions(
        threads,
        maxMessageBytes,
        maxSessions,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        maxEvaluationBytes,
        evaluations,
        limits);
  }

  /** The same with another limit on the memory of evaluations. */
  public ServerOptions withMaxEvaluationBytes(long bytes) {
    return new ServerOptions(
        threads,
        maxMessageBytes,
        maxSessions,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        bytes,
        evaluations,
        sessions);
  }

  /** The same with other limits on the evaluations that are kept. */
  public ServerOptions withEvaluations(EvaluationLimits limits) {
    return new ServerOptions(
        threads,
        maxMessageBytes,
        maxSessions,
        maxEnvironmentsPerSession,
        maxAddedEnvironments,
        maxStepsPerRequest,
        maxHorizon,
        defaultLease,
        maxLease,
        evaluationIdle,
        maxEvaluationBytes,
        limits,
        sessions);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s must be at least 1, but is %d".formatted(name, value));
    }
  }

  private static Duration requireLength(String name, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(
          "%s must be longer than 0 s, but is %s".formatted(name, value));
    }
    return TimeLimit.atMostNone(value);
  }
}
