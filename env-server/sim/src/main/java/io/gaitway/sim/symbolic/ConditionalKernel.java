package io.gaitway.sim.symbolic;

/** One kernel where a condition is met, and another one elsewhere. */
final class ConditionalKernel extends Kernel {
  private final Kernel test;
  private final Kernel met;
  private final Kernel unmet;

  /**
   * Joins kernels with the same inputs.
   *
   * @param test its first output is positive where the condition is met
   * @param met all outputs
   * @param unmet the same outputs
   */
  ConditionalKernel(Kernel test, Kernel met, Kernel unmet) {
    super(
        met.outputAt(),
        Math.max(test.memorySize(), Math.max(met.memorySize(), unmet.memorySize())),
        test.operations() + Math.max(met.operations(), unmet.operations()));
    this.test = test;
    this.met = met;
    this.unmet = unmet;
  }

  @Override
  public void run(double[] memory, double[] first, double[] second) {
    test.run(memory);
    (memory[test.outputAt()] > 0 ? met : unmet).run(memory, first, second);
  }
}
