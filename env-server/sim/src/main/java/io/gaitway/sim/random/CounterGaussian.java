package io.gaitway.sim.random;

/**
 * Standard normal numbers that are a function of (seed, episode, step) and their position in the
 * step, and of nothing else: the same seed gives the same bits whatever the batch, the order or the
 * thread.
 *
 * <p>Number {@code j} of a step is {@link NormalQuantile} of {@code ((w >>> 12) + 1/2) / 2^52},
 * where {@code w} is word {@code j mod 4} of the {@link Philox} block with key {@code (seed,
 * episode)} and counter {@code (1 + j div 4, step, 0, 0)}. In Python:
 *
 * <pre>{@code
 * w = numpy.random.Philox(key=[seed, episode], counter=[0, step, 0, 0]).random_raw(n)
 * normals = [statistics.NormalDist().inv_cdf((int(v >> 12) + 0.5) / 2**52) for v in w]
 * }</pre>
 *
 * <p>Seed, episode and step are taken as unsigned. Instances belong to one thread and allocate
 * nothing after construction. No number is NaN or infinite; the largest magnitude possible is about
 * 8.2.
 */
public final class CounterGaussian {
  /** The step whose numbers initial states are drawn from, 2⁶⁴ − 1, out of reach of any episode. */
  public static final long INITIAL_STATE_STEP = -1L;

  private static final double UNIT = 0x1p-52;

  private final long[] words = new long[4];
  private long seed;
  private long episode;
  private long step;
  private long drawn;

  /** Starts at seed 0, episode 0, step 0. */
  public CounterGaussian() {}

  /** Makes {@link #next} return the numbers of this (seed, episode, step), from the first on. */
  public void start(long seed, long episode, long step) {
    this.seed = seed;
    this.episode = episode;
    this.step = step;
    drawn = 0;
  }

  /** The next standard normal number. */
  public double next() {
    return NormalQuantile.of(nextUniform());
  }

  /**
   * The next number uniform on the open interval (0, 1); takes one position, as {@link #next} does.
   */
  public double nextUniform() {
    int at = (int) (drawn & 3);
    if (at == 0) {
      Philox.block(seed, episode, 1 + (drawn >>> 2), step, 0, 0, words);
    }
    drawn++;
    return ((words[at] >>> 12) + 0.5) * UNIT;
  }
}
