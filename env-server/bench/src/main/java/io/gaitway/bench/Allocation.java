package io.gaitway.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what a call allocates on the Java heap. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /**
   * Bytes that one call allocates on this thread, averaged over {@code calls} calls. The
   * measurement's own allocation is measured on an empty run and subtracted.
   */
  static double bytesPerCall(Sampler sampler, int calls) {
    sampler.nanosecondsPerCall(calls);
    long own = allocated(calls, n -> 0);
    return (double) Math.max(0, allocated(calls, sampler) - own) / calls;
  }

  private static long allocated(int calls, Sampler sampler) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    sampler.nanosecondsPerCall(calls);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
