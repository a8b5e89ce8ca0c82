package io.gaitway.agents.experiment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Work in several threads, begun in order. The first that fails or is stopped stops the others. */
public final class Jobs {

  /**
   * A piece of work.
   *
   * @param <V> type of its result
   */
  public interface Job<V> {
    /**
     * Does the work.
     *
     * @param stop true when somebody wants it to end early
     * @return null if it ended early
     */
    @Nullable V run(BooleanSupplier stop) throws IOException;
  }

  private Jobs() {}

  /**
   * Runs the jobs and waits for all that have begun.
   *
   * @param workers number of threads, at least 1
   * @param stop asked by the jobs; true ends them early
   * @return the results in the jobs' order, or null if one of them ended early
   * @throws IOException the first fault of a job, in their order
   */
  public static <V> @Nullable List<V> run(
      int workers, List<? extends Job<V>> jobs, BooleanSupplier stop) throws IOException {
    AtomicBoolean ended = new AtomicBoolean();
    BooleanSupplier stopped = () -> ended.get() || stop.getAsBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    try {
      List<Future<List<V>>> futures = new ArrayList<>();
      for (Job<V> job : jobs) {
        futures.add(threads.submit(() -> begin(job, stopped, ended)));
      }
      return results(futures);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      ended.set(true);
      threads.shutdown();
    }
  }

  /** The job's result alone in a list; an empty one if it ended early or did not begin. */
  private static <V> List<V> begin(Job<V> job, BooleanSupplier stopped, AtomicBoolean ended)
      throws IOException {
    @Nullable V result = null;
    try {
      result = stopped.getAsBoolean() ? null : job.run(stopped);
    } finally {
      if (result == null) {
        ended.set(true);
      }
    }
    return result == null ? List.of() : List.of(result);
  }

  private static <V> @Nullable List<V> results(List<Future<List<V>>> futures)
      throws IOException, InterruptedException {
    List<V> results = new ArrayList<>();
    @Nullable Throwable fault = null;
    for (Future<List<V>> future : futures) {
      try {
        results.addAll(future.get());
      } catch (ExecutionException e) {
        fault = fault == null ? e.getCause() : fault;
      }
    }
    if (fault instanceof IOException expected) {
      throw expected;
    }
    if (fault instanceof RuntimeException expected) {
      throw expected;
    }
    if (fault != null) {
      throw new IllegalStateException(fault);
    }
    return results.size() < futures.size() ? null : results;
  }
}
