package io.gaitway.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Counts what the current thread allocates. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 200;

  /** What the JVM itself allocates now and then shows in one round, what a call does in all. */
  private static final int ROUNDS = 3;

  private Allocation() {}

  /** Asserts that {@code call}, once its classes are loaded, allocates not a byte. */
  public static void assertNone(Runnable call) {
    assertTrue(THREADS.isThreadAllocatedMemorySupported(), "this JVM cannot count allocation");
    THREADS.setThreadAllocatedMemoryEnabled(true);
    long id = Thread.currentThread().getId();
    call.run();
    THREADS.getThreadAllocatedBytes(id);
    long before = THREADS.getThreadAllocatedBytes(id);
    long idle = THREADS.getThreadAllocatedBytes(id) - before;
    long bytes = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      before = THREADS.getThreadAllocatedBytes(id);
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      bytes = Math.min(bytes, THREADS.getThreadAllocatedBytes(id) - before - idle);
    }
    assertEquals(0, bytes, "bytes allocated in " + CALLS + " calls");
  }
}
