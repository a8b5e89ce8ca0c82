package io.gaitway.sim.symbolic;

/**
 * A compiled formula: reads its inputs from the front of a memory array and writes its outputs
 * behind them, or to two further arrays; the rest of the memory is scratch. A kernel allocates
 * nothing and holds no state, so any number of threads may run it, each with its own memory.
 */
public abstract class Kernel {
  private final int outputAt;
  private final int memorySize;
  private final int operations;

  /** For generated classes. */
  protected Kernel(int outputAt, int memorySize, int operations) {
    this.outputAt = outputAt;
    this.memorySize = memorySize;
    this.operations = operations;
  }

  /**
   * Evaluates. Modified: {@code memory} behind its inputs, and the fronts of the other two arrays.
   * Not modified: the inputs.
   *
   * @param first takes the outputs that were compiled to go there, from its entry 0 on
   * @param second likewise
   */
  public abstract void run(double[] memory, double[] first, double[] second);

  /** For generated classes: what a condition leaves out is 0. */
  protected static void clear(double[] memory, int from, int to) {
    for (int i = from; i < to; i++) {
      memory[i] = 0;
    }
  }

  /** Evaluates a kernel whose outputs all go to {@code memory}. */
  public final void run(double[] memory) {
    run(memory, memory, memory);
  }

  /** Index of the first output in memory; the inputs fill the entries before it. */
  public final int outputAt() {
    return outputAt;
  }

  /** Additions and multiplications, about, that {@link #run} takes as long as. */
  public final int operations() {
    return operations;
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
