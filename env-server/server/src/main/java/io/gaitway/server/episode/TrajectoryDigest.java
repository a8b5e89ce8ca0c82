package io.gaitway.server.episode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The bits that identify a trajectory, the same for a rollout and for an episode. */
final class TrajectoryDigest {
  private TrajectoryDigest() {}

  /**
   * SHA-256 over the numbers as little-endian float64; allocates.
   *
   * @param steps control steps completed, T
   * @param xs states, the first T + 1 rows of shape (·, nx) count
   * @param us actions, the first T rows of shape (·, nu) count
   * @param costs costs, of which the first T + 1 count
   */
  static byte[] of(int steps, double[] xs, int nx, double[] us, int nu, double[] costs) {
    MessageDigest sha = sha256();
    update(sha, xs, (steps + 1) * nx);
    update(sha, us, steps * nu);
    update(sha, costs, steps + 1);
    return sha.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void update(MessageDigest sha, double[] values, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values, 0, count);
    sha.update(bytes);
  }
}
