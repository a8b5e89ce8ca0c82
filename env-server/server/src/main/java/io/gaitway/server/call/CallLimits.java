package io.gaitway.server.call;

import java.time.Duration;

/**
 * What calls and connections may take. A principal may hold half of the bytes, a connection an
 * eighth; whoever holds none gets what it asks for as long as there is any.
 *
 * @param answerBytes most bytes of answers that are held until clients have taken them
 * @param requestBytes most bytes of large requests that are held until they are answered
 * @param seconds most processor time of one call, as reckoned before it begins, s
 * @param callsPerConnection most calls at a time over one connection
 * @param callsPerSecond most calls that a principal may begin in a second
 * @param stepsPerSecond most control steps and knots that a principal may ask for in a second, in
 *     the long run; what is left over serves for later
 * @param connectionAge time after which a connection takes no new calls and its client connects
 *     anew
 * @param connectionIdle time without a call after which a connection is closed
 * @param resetsPerSecond most calls over one connection that are given up again in a second
 */
public record CallLimits(
    long answerBytes,
    long requestBytes,
    double seconds,
    int callsPerConnection,
    long callsPerSecond,
    long stepsPerSecond,
    Duration connectionAge,
    Duration connectionIdle,
    int resetsPerSecond) {

  /** For a machine that many share. */
  public static CallLimits defaults() {
    long quarter = Math.max(1, Runtime.getRuntime().maxMemory() / 4);
    return new CallLimits(
        quarter,
        quarter,
        600,
        1024,
        20_000,
        20_000_000,
        Duration.ofDays(1),
        Duration.ofHours(1),
        200);
  }
}
