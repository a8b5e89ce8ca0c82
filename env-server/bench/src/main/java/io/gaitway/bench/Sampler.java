package io.gaitway.bench;

import java.util.function.IntConsumer;

/** Something that can be timed in short samples. */
@FunctionalInterface
interface Sampler {

  /** Runs {@code calls} calls and returns the nanoseconds that one took on average. */
  double nanosecondsPerCall(int calls);

  /** Takes the time of {@code calls}, which does as many calls as it is told. */
  static Sampler timed(IntConsumer calls) {
    return count -> {
      long start = System.nanoTime();
      calls.accept(count);
      return (double) (System.nanoTime() - start) / count;
    };
  }
}
