package io.gaitway.agents.cli;

import io.gaitway.agents.program.AgentProgram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of an agent in a process of its own, where there is one at most. */
final class AgentChoice {
  /** How a command line is read, for descriptions of options. */
  static final String COMMAND_LINE =
      "a command line such as 'python my_agent.py'. It is split into words as in a shell, but run without one.";

  @Option(
      names = AgentProgram.OPTION,
      paramLabel = "COMMAND",
      description = "Program that is the agent, in any language, instead of AGENT: " + COMMAND_LINE)
  private @Nullable String command;

  @Mixin private AgentProcesses processes = new AgentProcesses();

  AgentChoice() {}

  /** The command line; null if none was given. */
  @Nullable String command() {
    return command;
  }

  AgentProcesses processes() {
    return processes;
  }
}
