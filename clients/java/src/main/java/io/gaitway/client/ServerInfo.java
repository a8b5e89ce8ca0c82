package io.gaitway.client;

import java.time.Duration;
import java.util.List;

/**
 * What a server is and what it can do.
 *
 * @param server name and version, such as {@code gaitway 0.1.0}
 * @param apiVersions packages of the contract that it speaks, such as {@code gaitway.v1}
 * @param capabilities what it can do beyond the least, such as {@code rollout.mlp}
 * @param determinism what equal requests may rely on
 * @param limits the largest requests that it takes
 */
public record ServerInfo(
    String server,
    List<String> apiVersions,
    List<String> capabilities,
    Determinism determinism,
    Limits limits) {

  /** Copies the lists. */
  public ServerInfo {
    apiVersions = List.copyOf(apiVersions);
    capabilities = List.copyOf(capabilities);
  }

  /** What equal requests may rely on. */
  public enum Determinism {
    /** Nothing is promised, or a promise that this client does not know. */
    UNSPECIFIED,
    /** Equal requests to one process give equal bits, whatever the number of threads. */
    PROCESS,
    /** Equal requests to any server with the same model digest give equal bits. */
    MODEL
  }

  /**
   * The largest requests that a server takes.
   *
   * @param maxMessageBytes largest request message, bytes
   * @param maxSessions most sessions at a time
   * @param maxEnvironmentsPerSession most environments in one session
   * @param maxStepsPerRequest most control steps (rollouts times horizon) or knots in one request
   * @param maxHorizon most control steps in one rollout
   * @param maxLease longest lease of a session
   * @param workerThreads threads that rollouts and long linearisations share
   */
  public record Limits(
      long maxMessageBytes,
      int maxSessions,
      int maxEnvironmentsPerSession,
      long maxStepsPerRequest,
      int maxHorizon,
      Duration maxLease,
      int workerThreads) {}
}
