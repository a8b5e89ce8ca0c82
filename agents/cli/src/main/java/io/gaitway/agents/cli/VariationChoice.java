package io.gaitway.agents.cli;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.experiment.Scale;
import io.gaitway.optim.policy.Architecture;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of which every combination is run. */
final class VariationChoice {
  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "10",
      paramLabel = "SIZES",
      description =
          "Networks to train, separated by commas: the units of each one's hidden layers joined by"
              + " x, and their activation if it is not softplus, as in 5,10,64x64-tanh; default"
              + " ${DEFAULT-VALUE}.")
  private List<String> hidden = List.of();

  @Option(
      names = "--presets",
      split = ",",
      defaultValue = "default",
      paramLabel = "NAME",
      description =
          "Presets, separated by commas; default is the best that an agent has for the environment"
              + " and the network's size. Default ${DEFAULT-VALUE}.")
  private List<String> presets = List.of();

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUES",
      description =
          "Values of one of the agents' settings, separated by commas, in place of the presets'; may"
              + " be repeated for other settings.")
  private List<String> settings = List.of();

  @Option(
      names = "--param",
      paramLabel = "NAME=VALUES",
      description =
          "Values of one of the environments' parameters, separated by commas; may be repeated for"
              + " other parameters.")
  private List<String> parameters = List.of();

  @Option(
      names = "--scale",
      split = ",",
      defaultValue = "catalog",
      paramLabel = "NAME",
      description =
          "Scales of the tasks' costs, separated by commas: catalog, as they are; figure (swimmer:"
              + " target_speed 1, horizon 200; walker: target_speed 2.1), see docs/comparison.md."
              + " Default ${DEFAULT-VALUE}.")
  private List<String> scales = List.of();

  @Mixin private SeedsChoice seeds = new SeedsChoice();

  private List<Architecture> architectures = List.of();
  private List<Long> chosenSeeds = List.of();
  private Grid set = new Grid(new TreeMap<>());
  private Grid param = new Grid(new TreeMap<>());

  VariationChoice() {}

  /** Reads the options; to be called before anything else. */
  void check(CommandSpec spec) {
    List<String> known = Arrays.stream(Scale.values()).map(Scale::toString).toList();
    scales.forEach(scale -> Gaitway.requireOneOf(spec, "--scale", scale, known));
    architectures =
        hidden.stream().map(sizes -> Gaitway.architecture(spec, "--hidden", sizes)).toList();
    chosenSeeds = seeds.seeds(spec);
    set = Grid.of(spec, "--set", settings);
    param = Grid.of(spec, "--param", parameters);
    for (List<String> values : param.values().values()) {
      for (String value : values) {
        requireNumber(spec, value);
      }
    }
    Gaitway.requireDifferent(spec, "--presets", presets);
    Gaitway.requireDifferent(spec, "--scale", scales);
    Gaitway.requireDifferent(
        spec, "--hidden", architectures.stream().map(Architecture::shortName).toList());
  }

  private static void requireNumber(CommandSpec spec, String value) {
    try {
      Gaitway.require(
          spec, "--param", value, Double.isFinite(Double.parseDouble(value)), "a finite number");
    } catch (NumberFormatException e) {
      throw Gaitway.usage(spec, "--param must be a number, but is '" + value + "'");
    }
  }

  /**
   * Checks that an agent has the presets and can train the networks.
   *
   * @throws io.gaitway.agents.api.SettingException if it cannot
   */
  void requirePossible(CommandSpec spec, AnyAgent agent) {
    architectures.forEach(agent::requireTrainable);
    for (String preset : presets) {
      if (!agent.presets().contains(preset)) {
        throw Gaitway.usage(
            spec,
            "--presets has '%s', but %s has %s"
                .formatted(preset, agent.name(), String.join(", ", agent.presets())));
      }
    }
  }

  List<Architecture> architectures() {
    return architectures;
  }

  List<String> presets() {
    return presets;
  }

  List<Long> seeds() {
    return chosenSeeds;
  }

  List<Scale> scales() {
    return scales.stream().map(Scale::of).toList();
  }

  /** Every combination of settings that replace the presets', as text by name. */
  List<SortedMap<String, String>> settings() {
    return set.combinations();
  }

  /** Every combination of parameters that replace the environments', as text by name. */
  List<SortedMap<String, String>> parameters() {
    return param.combinations();
  }
}
