package io.gaitway.sim.symbolic;

/**
 * A compiled formula: reads its inputs from the front of a memory array and writes its outputs
 * behind them; the rest of the array is scratch. A kernel allocates nothing and holds no state, so
 * any number of threads may run it, each with its own memory.
 */
public abstract class Kernel {
  private final int outputAt;
  private final int memorySize;

  /** For generated classes. */
  protected Kernel(int outputAt, int memorySize) {
    this.outputAt = outputAt;
    this.memorySize = memorySize;
  }

  /** Evaluates. Modified: {@code memory} behind its inputs. Not modified: the inputs. */
  public abstract void run(double[] memory);

  /** Index of the first output; the inputs fill the entries before it. */
  public final int outputAt() {
    return outputAt;
  }

  /** Length of array that {@link #run} needs. */
  public final int memorySize() {
    return memorySize;
  }

  /** A memory array of the right length; allocates. */
  public final double[] newMemory() {
    return new double[memorySize];
  }
}
