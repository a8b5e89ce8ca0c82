package io.gaitway.agents.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of a command that does many runs: which, how long, and how many at a time. */
final class RunsChoice {
  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "5,10",
      paramLabel = "N",
      description =
          "Hidden units of the policies, 1 to 1000, separated by commas; default"
              + " ${DEFAULT-VALUE}.")
  private List<Integer> hidden = List.of();

  @Option(
      names = "--seeds",
      defaultValue = "10",
      paramLabel = "N",
      description = "Number of seeds, 1 to 1000; they are 0 to N-1. Default ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--iterations",
      defaultValue = "100",
      paramLabel = "N",
      description = "Iterations of each run, 1 to 100000; default ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--jobs",
      defaultValue = "1",
      paramLabel = "N",
      description = "Runs to do at the same time, 1 to 256; default ${DEFAULT-VALUE}.")
  private int jobs;

  RunsChoice() {}

  void check(CommandSpec spec) {
    Gaitway.requireRange(spec, "--seeds", seeds, 1, 1000);
    Gaitway.requireRange(spec, "--iterations", iterations, 1, 100_000);
    Gaitway.requireRange(spec, "--jobs", jobs, 1, 256);
    hidden.forEach(units -> Gaitway.requireRange(spec, "--hidden", units, 1, 1000));
    Gaitway.requireDifferent(spec, "--hidden", hidden);
  }

  List<Integer> hidden() {
    return hidden;
  }

  int seeds() {
    return seeds;
  }

  int iterations() {
    return iterations;
  }

  int jobs() {
    return jobs;
  }
}
