package io.gaitway.client.session;

import io.gaitway.client.internal.TimeLimit;
import java.time.Duration;

/**
 * How a session is made.
 *
 * @param environments number of environments that are stepped together, at least 1
 * @param autoreset what happens to an environment whose episode is over
 * @param bounds what happens with an action entry outside its bounds
 * @param lease how long the session lives on the server without being used or renewed
 * @param maxEpisodeSteps control steps after which an episode is truncated; 0 for the environment's
 *     horizon
 * @param renew whether the client renews the lease in the background until the session is closed
 */
public record SessionOptions(
    int environments,
    Autoreset autoreset,
    Bounds bounds,
    Duration lease,
    int maxEpisodeSteps,
    boolean renew) {

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public SessionOptions {
    if (environments < 1) {
      throw new IllegalArgumentException("environments must be at least 1, but is " + environments);
    }
    TimeLimit.requirePositive("lease", lease);
    if (maxEpisodeSteps < 0) {
      throw new IllegalArgumentException(
          "maxEpisodeSteps must be at least 1, or 0 for the horizon, but is " + maxEpisodeSteps);
    }
  }

  /** What a session does with an environment whose episode is over. */
  public enum Autoreset {
    /** The next step ignores the environment's action and starts its next episode. */
    NEXT_STEP,
    /** The step that ends the episode also starts the next. */
    SAME_STEP,
    /** Nothing: a step is refused until the environment has been reset. */
    DISABLED
  }

  /** What a session does with an action entry outside its bounds. */
  public enum Bounds {
    /** Refuses the step; no environment is stepped. */
    REJECT,
    /** Moves the entry to the nearest bound and says so in the result. */
    CLIP
  }

  /**
   * One environment, next-step autoreset, strict bounds, five minutes' lease renewed on its own.
   */
  public static SessionOptions defaults() {
    return new SessionOptions(
        1, Autoreset.NEXT_STEP, Bounds.REJECT, Duration.ofMinutes(5), 0, true);
  }

  /** These options with another number of environments. */
  public SessionOptions withEnvironments(int environments) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }

  /** These options with another autoreset. */
  public SessionOptions withAutoreset(Autoreset autoreset) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }

  /** These options with another treatment of actions out of bounds. */
  public SessionOptions withBounds(Bounds bounds) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }

  /** These options with another lease. */
  public SessionOptions withLease(Duration lease) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }

  /** These options with another length of an episode. */
  public SessionOptions withMaxEpisodeSteps(int maxEpisodeSteps) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }

  /** These options with or without renewal in the background. */
  public SessionOptions withRenew(boolean renew) {
    return new SessionOptions(environments, autoreset, bounds, lease, maxEpisodeSteps, renew);
  }
}
