package io.gaitway.client.evaluation;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A fixed set of episodes. Results of equal digests can be compared.
 *
 * @param id such as {@code walker-disturbed}
 * @param description what it asks of a controller, for people
 * @param variants what the episodes run in, in turns; all have the same sizes
 * @param environmentVersion version of the environments
 * @param horizon control steps of an episode
 * @param episodes number of episodes
 * @param seed what initial states are drawn with (64 bits, unsigned)
 * @param initialStateStd standard deviation of the disturbance of initial states, in each entry's
 *     unit
 * @param minActionDeadline shortest time that an evaluation may allow for the answer to a round
 * @param maxActionDeadline longest such time
 * @param digest SHA-256 (hex) over everything that course and score of its episodes depend on
 */
public record Suite(
    String id,
    String description,
    List<Variant> variants,
    String environmentVersion,
    int horizon,
    int episodes,
    long seed,
    double initialStateStd,
    Duration minActionDeadline,
    Duration maxActionDeadline,
    String digest) {

  /** Copies the list. */
  public Suite {
    variants = List.copyOf(variants);
  }

  /**
   * An environment of a suite.
   *
   * @param environment catalog name
   * @param parameters values of parameters that are not the default
   * @param modelDigest digest of the numbers that its dynamics depend on
   */
  public record Variant(String environment, Map<String, Double> parameters, String modelDigest) {
    /** Copies the map. */
    public Variant {
      parameters = Map.copyOf(parameters);
    }
  }
}
