package io.gaitway.agents.reproduction.runs;

import io.gaitway.agents.experiment.Jobs;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.TrainingResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A comparison at work: does what is left of a plan and keeps the files up to date. A run that
 * fails does not stop the others.
 */
public final class Comparison {

  /** A run that ended with an error. */
  public record Fault(ComparisonPlan.Entry entry, Exception cause) {}

  private final ComparisonPlan plan;
  private final ComparisonFiles files;
  private final ComparisonProgress progress;
  private final DirectoryWatch directory;
  private final Function<Exception, String> sentence;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * A comparison that is to begin.
   *
   * @param directory where the comparison is; once it is gone nothing more is run
   * @param sentence says on one line why a run ended with an error
   */
  public Comparison(
      ComparisonPlan plan,
      ComparisonFiles files,
      ComparisonProgress progress,
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
   * @throws IOException if the comparison's own files cannot be written, or its directory is gone
   */
  public boolean run(int jobs, BooleanSupplier stop) throws IOException {
    List<Jobs.Job<Boolean>> work = new ArrayList<>();
    for (ComparisonPlan.Entry entry : plan.entries()) {
      try {
        @Nullable TrainingResult result = entry.run().result();
        if (result == null) {
          work.add(stopped -> run(entry, stopped));
        } else {
          files.add(entry, result);
          progress.found(entry, result);
        }
      } catch (IOException e) {
        fail(entry, e);
      }
    }
    files.write();
    progress.begin(work.size());
    try {
      return Jobs.run(jobs, work, stop) != null;
    } finally {
      if (!work.isEmpty() && directory.isThere()) {
        files.write();
      }
    }
  }

  /** True when the run is over, null if it was stopped. */
  private @Nullable Boolean run(ComparisonPlan.Entry entry, BooleanSupplier stop)
      throws IOException {
    directory.requireThere();
    try {
      @Nullable TrainingResult result = entry.run().train(config -> progress.listener(entry), stop);
      if (result == null) {
        return null;
      }
      files.add(entry, result);
      progress.done(entry, result);
    } catch (IOException | RuntimeException e) {
      directory.requireThere();
      fail(entry, e);
    }
    try {
      files.refresh();
    } catch (IOException e) {
      throw directory.explain(e);
    }
    return true;
  }

  private void fail(ComparisonPlan.Entry entry, Exception cause) {
    synchronized (faults) {
      faults.add(new Fault(entry, cause));
    }
    String why = sentence.apply(cause);
    files.addFailure(entry, why);
    progress.failed(entry, why);
  }

  /** The runs that have failed so far. */
  public List<Fault> faults() {
    synchronized (faults) {
      return List.copyOf(faults);
    }
  }
}
