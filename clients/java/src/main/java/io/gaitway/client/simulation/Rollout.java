package io.gaitway.client.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The result of one rollout.
 *
 * @param trajectory states, actions as applied (or as drawn, if the request says so), and costs.
 *     After {@code steps} control steps the states, actions and running costs are zero; the last
 *     entry of {@code costs} is always the terminal cost of the last state, plus the charge for
 *     every step that termination left out ({@link EnvironmentInfo#terminationCost} and {@link
 *     EnvironmentInfo#terminationChargesActions})
 * @param steps control steps completed; less than the horizon only if the simulation diverged or
 *     the environment terminated
 * @param diverged whether the simulation left the finite numbers or its integrator failed
 * @param terminated whether the environment's failure condition (a fall, say) was met
 * @param clipped number of steps in which an action was clipped to its bounds
 */
public record Rollout(
    Trajectory trajectory, int steps, boolean diverged, boolean terminated, int clipped) {

  /**
   * Checks the counts.
   *
   * @throws IllegalArgumentException if there are more steps than in the trajectory, or more
   *     clipped ones than steps
   */
  public Rollout {
    Sizes.requireSteps(steps, trajectory.T);
    if (clipped < 0 || clipped > steps) {
      throw new IllegalArgumentException(
          "clipped must be between 0 and steps = %d, but is %d".formatted(steps, clipped));
    }
  }

  /** Total cost, or +∞ if the simulation diverged. */
  public double cost() {
    return diverged ? Double.POSITIVE_INFINITY : trajectory.totalCost();
  }

  /**
   * SHA-256 (hex) over the bits of the states, actions and costs of the completed steps, in this
   * order, each as little-endian binary64: equal digests mean equal bits. Computed with each call;
   * it equals the digest that the server answers when asked for one.
   */
  public String digest() {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    update(sha256, trajectory.xs, 0, (steps + 1) * trajectory.nx);
    update(sha256, trajectory.us, 0, steps * trajectory.nu);
    update(sha256, trajectory.costs, 0, steps);
    update(sha256, trajectory.costs, trajectory.T, 1);
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static void update(MessageDigest digest, double[] values, int at, int length) {
    byte[] bytes = new byte[length * Double.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values, at, length);
    digest.update(bytes);
  }
}
