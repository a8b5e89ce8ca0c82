package io.gaitway.agents.cli;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingException;
import io.gaitway.optim.policy.Architecture;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of a command that does many runs: which, how long, and how many at a time. */
final class RunsChoice {
  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "5,10",
      paramLabel = "SIZES",
      description =
          "Networks to train, separated by commas: the units of each one's hidden layers joined by"
              + " x, and their activation if it is not softplus, as in 5,10,64x64-tanh; default"
              + " ${DEFAULT-VALUE}.")
  private List<String> hidden = List.of();

  @Option(
      names = "--seeds",
      defaultValue = "10",
      paramLabel = "N",
      description = "Number of seeds, 1 to 1000; default ${DEFAULT-VALUE}.")
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

  private List<Architecture> architectures = List.of();

  RunsChoice() {}

  void check(CommandSpec spec) {
    Gaitway.requireRange(spec, "--seeds", seeds, 1, 1000);
    Gaitway.requireRange(spec, "--iterations", iterations, 1, 100_000);
    Gaitway.requireRange(spec, "--jobs", jobs, 1, 256);
    architectures =
        hidden.stream().map(sizes -> Gaitway.architecture(spec, "--hidden", sizes)).toList();
    Gaitway.requireDifferent(
        spec, "--hidden", architectures.stream().map(Architecture::shortName).toList());
  }

  /**
   * Checks that an agent can train all the networks.
   *
   * @throws SettingException if it cannot
   */
  void requireTrainable(AnyAgent agent) {
    architectures.forEach(agent::requireTrainable);
  }

  List<Architecture> architectures() {
    return architectures;
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
