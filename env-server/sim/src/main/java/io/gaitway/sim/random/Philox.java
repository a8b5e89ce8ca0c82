package io.gaitway.sim.random;

/**
 * The counter-based generator Philox 4×64-10: a keyed bijection on 256-bit counters whose values
 * pass as random (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
 * 2011).
 *
 * <p>Any block can be computed without the ones before it, so numbers belong to a name (key and
 * counter) and not to an order of calls. NumPy's {@code numpy.random.Philox} is the same function;
 * it increments its counter (word 0 first) before each block, so that the block of counter {@code
 * (c0 + 1, c1, c2, c3)} here is the first of {@code Philox(key=[k0, k1], counter=[c0, c1, c2,
 * c3]).random_raw(4)} there.
 */
public final class Philox {
  private static final long MULTIPLIER_0 = 0xD2E7470EE14C6C93L;
  private static final long MULTIPLIER_1 = 0xCA5A826395121157L;
  private static final long WEYL_0 = 0x9E3779B97F4A7C15L;
  private static final long WEYL_1 = 0xBB67AE8584CAA73BL;
  private static final int ROUNDS = 10;

  private Philox() {}

  /**
   * Computes one block. Allocates nothing.
   *
   * @param k0 key, word 0
   * @param k1 key, word 1
   * @param c0 counter, word 0
   * @param c1 counter, word 1
   * @param c2 counter, word 2
   * @param c3 counter, word 3
   * @param out receives the block's four words; modified
   */
  public static void block(long k0, long k1, long c0, long c1, long c2, long c3, long[] out) {
    for (int round = 0; round < ROUNDS; round++) {
      long low0 = MULTIPLIER_0 * c0;
      long high0 = multiplyHighUnsigned(MULTIPLIER_0, c0);
      long low1 = MULTIPLIER_1 * c2;
      long high1 = multiplyHighUnsigned(MULTIPLIER_1, c2);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /** Upper 64 bits of the unsigned product; Java 17 has only the signed one. */
  private static long multiplyHighUnsigned(long a, long b) {
    return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
  }
}
