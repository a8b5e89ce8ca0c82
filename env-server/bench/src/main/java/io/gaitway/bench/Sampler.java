package io.gaitway.bench;

/** Something that can be timed in short samples. */
@FunctionalInterface
interface Sampler {

  /** Runs {@code calls} calls and returns the CPU nanoseconds that one took on average. */
  double nanosecondsPerCall(int calls);
}
