package io.gaitway.server.usage;

import io.gaitway.proto.v1.Usage;
import io.gaitway.server.wire.CallLocal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a principal, or one label of it, has used, counted by the threads that do the work; what is
 * counted is stated at {@link Usage}. What a label uses, its principal uses too.
 */
public final class Account {
  /** Collects what belongs to no account; nobody reads it, so its time is not even taken. */
  static final Account NOBODY = new Account(null, false);

  private static final CallLocal<Account> OF_CALL = new CallLocal<>();

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean CPU_TIME = THREADS.isCurrentThreadCpuTimeSupported();

  /** What this is a part of: of a label its principal, of a principal the whole server. */
  private final @Nullable Account above;

  private final boolean label;

  private final LongAdder rollouts = new LongAdder();
  private final LongAdder rolloutSteps = new LongAdder();
  private final LongAdder sessionSteps = new LongAdder();
  private final LongAdder evaluatedKnots = new LongAdder();
  private final LongAdder linearizedKnots = new LongAdder();
  private final LongAdder nanoseconds = new LongAdder();

  /**
   * Begins at zero.
   *
   * @param above what this is a part of, if it is
   * @param label whether it is a label of a principal
   */
  Account(@Nullable Account above, boolean label) {
    this.above = above;
    this.label = label;
  }

  /** The account of the call that this thread is handling, {@link #NOBODY} if it has none. */
  public static Account ofCall() {
    Account account = OF_CALL.get();
    return account == null ? NOBODY : account;
  }

  /** From now on the call that this thread is handling is counted here. */
  void countsCall() {
    OF_CALL.set(this);
  }

  /** Counts a rollout that completed so many control steps. */
  public void countRollout(int steps) {
    rollouts.increment();
    rolloutSteps.add(steps);
    if (above != null) {
      above.countRollout(steps);
    }
  }

  /** Counts control steps that environments of sessions completed. */
  public void countSessionSteps(int steps) {
    sessionSteps.add(steps);
    if (above != null) {
      above.countSessionSteps(steps);
    }
  }

  /** Counts knots that Evaluate looked at. */
  public void countEvaluated(int knots) {
    evaluatedKnots.add(knots);
    if (above != null) {
      above.countEvaluated(knots);
    }
  }

  /** Counts knots that Linearize looked at. */
  public void countLinearized(int knots) {
    linearizedKnots.add(knots);
    if (above != null) {
      above.countLinearized(knots);
    }
  }

  /** Does {@code work} on this thread and counts the time that it computes. */
  public <T> T timed(Supplier<T> work) {
    if (this == NOBODY) {
      return work.get();
    }
    long began = nanoTime();
    try {
      return work.get();
    } finally {
      addTime(nanoTime() - began);
    }
  }

  /** As {@link #timed}, for work that returns nothing. */
  public void time(Runnable work) {
    timed(
        () -> {
          work.run();
          return this;
        });
  }

  private void addTime(long elapsed) {
    nanoseconds.add(elapsed);
    if (above != null) {
      above.addTime(elapsed);
    }
  }

  /**
   * For a label this thread's processor time, ns. Asking for that takes a system call, too much for
   * every step of whoever asked for no label: there, and on a platform that does not tell it, the
   * time that passes.
   */
  private long nanoTime() {
    return CPU_TIME && label ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
  }

  /** The counts so far. */
  Usage usage() {
    return Usage.newBuilder()
        .setRollouts(rollouts.sum())
        .setRolloutSteps(rolloutSteps.sum())
        .setSessionSteps(sessionSteps.sum())
        .setEvaluatedKnots(evaluatedKnots.sum())
        .setLinearizedKnots(linearizedKnots.sum())
        .setWorkerSeconds(nanoseconds.sum() * 1e-9)
        .build();
  }
}
