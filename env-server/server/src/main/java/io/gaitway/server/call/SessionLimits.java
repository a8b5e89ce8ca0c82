package io.gaitway.server.call;

/**
 * How much of a server sessions may take, all together and those of one principal, and what they
 * keep for clients that re-attach. What one principal may take is stated for the case that nobody
 * else has anything, see {@link SharedBudget}.
 *
 * @param sessionsPerPrincipal most sessions of one principal; of all, it is {@link
 *     ServerOptions#maxSessions}
 * @param environments most environments in all sessions
 * @param environmentsPerPrincipal most environments in the sessions of one principal
 * @param bytes most memory of all sessions, as worked out before each is made
 * @param bytesPerPrincipal most memory of the sessions of one principal
 * @param keptAnswers most answers that a session keeps
 * @param keptAnswerBytes most memory of the answers that a session keeps, where that is enough for
 *     {@link #LEAST_KEPT_ANSWERS}
 */
public record SessionLimits(
    int sessionsPerPrincipal,
    long environments,
    long environmentsPerPrincipal,
    long bytes,
    long bytesPerPrincipal,
    int keptAnswers,
    int keptAnswerBytes) {
  /** So many answers are kept however large they are. */
  public static final int LEAST_KEPT_ANSWERS = 4;

  /** The defaults, for a machine that many share: one principal alone gets half of everything. */
  public static SessionLimits defaults() {
    long bytes = Math.max(2, Runtime.getRuntime().maxMemory() / 2);
    return new SessionLimits(512, 65_536, 32_768, bytes, bytes / 2, 512, 1 << 20);
  }

  /** Checks the ranges. */
  public SessionLimits {
    requireAtLeast("sessionsPerPrincipal", sessionsPerPrincipal, 1);
    requireAtLeast("environments", environments, 1);
    requireAtLeast("environmentsPerPrincipal", environmentsPerPrincipal, 1);
    requireAtLeast("bytes", bytes, 1);
    requireAtLeast("bytesPerPrincipal", bytesPerPrincipal, 1);
    requireAtLeast("keptAnswers", keptAnswers, LEAST_KEPT_ANSWERS);
    requireAtLeast("keptAnswerBytes", keptAnswerBytes, 1);
  }

  /** The same with another limit on the sessions of one principal. */
  public SessionLimits withSessionsPerPrincipal(int count) {
    return new SessionLimits(
        count,
        environments,
        environmentsPerPrincipal,
        bytes,
        bytesPerPrincipal,
        keptAnswers,
        keptAnswerBytes);
  }

  private static void requireAtLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s must be at least %d, but is %d".formatted(name, least, value));
    }
  }
}
