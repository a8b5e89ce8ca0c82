package io.gaitway.server.call;

/**
 * What calls may take.
 *
 * @param answerBytes most bytes of answers that are held until clients have taken them; a principal
 *     may hold half of it, a connection an eighth
 * @param seconds most processor time of one call, as reckoned before it begins, s
 */
public record CallLimits(long answerBytes, double seconds) {

  /** A quarter of the heap, and ten minutes. */
  public static CallLimits defaults() {
    return new CallLimits(Math.max(1, Runtime.getRuntime().maxMemory() / 4), 600);
  }
}
