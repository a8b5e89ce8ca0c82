package io.gaitway.agents.cli;

import java.util.Map;
import picocli.CommandLine.Option;

/** The option that overrides parameters of the environment. */
final class ParameterChoice {
  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description = "Overrides one of the environment's parameters; may be repeated.")
  private Map<String, Double> values = Map.of();

  /** The overrides by name; empty without the option. */
  Map<String, Double> values() {
    return values;
  }
}
