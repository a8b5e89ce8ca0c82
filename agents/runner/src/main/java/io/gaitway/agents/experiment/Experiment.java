package io.gaitway.agents.experiment;

import io.gaitway.agents.run.BusyException;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.TrainingResult;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An experiment at work: does what is left of a plan and keeps the files up to date. A run that
 * fails does not stop the others, and a run that another process is at is left to that process, or
 * taken over once that has ended.
 */
public final class Experiment {
  /** How long to wait before a run of another process is looked at again. */
  private static final int BUSY_MILLIS = 100;

  /** A run that ended with an error. */
  public record Fault(Plan.Entry entry, String why, @Nullable Exception cause) {}

  private final Plan plan;
  private final ExperimentFiles files;
  private final ExperimentProgress progress;
  private final DirectoryWatch directory;
  private final Function<Exception, String> sentence;
  private final List<Fault> faults = new ArrayList<>();
  private final Deque<Plan.Entry> open = new ArrayDeque<>();
  private final Instant began = Instant.now();

  /**
   * An experiment that is to begin.
   *
   * @param directory where the experiment is; once it is gone nothing more is run
   * @param sentence says on one line why a run ended with an error
   */
  public Experiment(
      Plan plan,
      ExperimentFiles files,
      ExperimentProgress progress,
      DirectoryWatch directory,
      Function<Exception, String> sentence) {
    this.plan = plan;
    this.files = files;
    this.progress = progress;
    this.directory = directory;
    this.sentence = sentence;
  }

  /**
   * Does what is left to do.
   *
   * @param jobs runs to do at the same time
   * @param stop true when somebody wants it to end early
   * @return whether it came to its end
   * @throws IOException if the experiment's own files cannot be written, or its directory is gone
   */
  public boolean run(int jobs, BooleanSupplier stop) throws IOException {
    for (Plan.Entry entry : plan.entries()) {
      if (!foundComplete(entry)) {
        open.add(entry);
      }
    }
    boolean left = !open.isEmpty();
    files.write();
    progress.begin(open.size());
    try {
      return work(jobs, stop);
    } finally {
      if (left && directory.isThere()) {
        files.write();
      }
    }
  }

  /** Works in several threads; a fault that is not a single run's ends them all. */
  private boolean work(int jobs, BooleanSupplier stop) throws IOException {
    AtomicBoolean broken = new AtomicBoolean();
    Callable<Boolean> worker =
        () -> {
          try {
            return work(() -> broken.get() || stop.getAsBoolean());
          } catch (IOException | RuntimeException | Error e) {
            broken.set(true);
            throw e;
          }
        };
    ExecutorService threads = Executors.newFixedThreadPool(jobs);
    try {
      boolean complete = true;
      for (Future<Boolean> ended : threads.invokeAll(Collections.nCopies(jobs, worker))) {
        complete &= ended.get();
      }
      return complete;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException fault) {
        throw fault;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      threads.shutdown();
    }
  }

  /** Takes one run after another until there is none left; false if it was stopped before. */
  private boolean work(BooleanSupplier stop) throws IOException {
    while (true) {
      if (stop.getAsBoolean()) {
        return false;
      }
      Plan.@Nullable Entry entry = next();
      if (entry == null) {
        return true;
      }
      directory.requireThere();
      try {
        if (isSettledElsewhere(entry)) {
          continue;
        }
        @Nullable TrainingResult result =
            entry.run().train(config -> progress.listener(entry), stop, sentence);
        if (result == null) {
          return false;
        }
        files.add(entry, result);
        progress.done(entry, result);
      } catch (BusyException e) {
        progress.busy(entry);
        putBack(entry);
        pause();
        continue;
      } catch (IOException | RuntimeException e) {
        directory.requireThere();
        fail(entry, sentence.apply(e), e);
      }
      refresh();
    }
  }

  private void refresh() throws IOException {
    try {
      files.refresh();
    } catch (IOException e) {
      throw directory.explain(e);
    }
  }

  private Plan.@Nullable Entry next() {
    synchronized (open) {
      return open.poll();
    }
  }

  private void putBack(Plan.Entry entry) {
    synchronized (open) {
      open.addLast(entry);
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(BUSY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether another process has completed the run, or failed at it, since this one began. */
  private boolean isSettledElsewhere(Plan.Entry entry) throws IOException {
    if (foundComplete(entry)) {
      return true;
    }
    @Nullable String fault = entry.run().faultSince(began);
    if (fault != null) {
      fail(entry, fault, null);
    }
    return fault != null;
  }

  /** Whether there is nothing left to do of a run, as it is complete or damaged. */
  private boolean foundComplete(Plan.Entry entry) {
    try {
      @Nullable TrainingResult result = entry.run().isDone() ? entry.run().result() : null;
      if (result == null) {
        return false;
      }
      files.add(entry, result);
      progress.found(entry, result);
    } catch (IOException e) {
      fail(entry, sentence.apply(e), e);
    }
    return true;
  }

  private void fail(Plan.Entry entry, String why, @Nullable Exception cause) {
    synchronized (faults) {
      faults.add(new Fault(entry, why, cause));
    }
    files.addFault(entry, why);
    progress.failed(entry, why);
  }

  /** The runs that have failed so far, in the plan's order. */
  public List<Fault> faults() {
    synchronized (faults) {
      return plan.entries().stream()
          .flatMap(entry -> faults.stream().filter(fault -> fault.entry() == entry))
          .toList();
    }
  }
}
