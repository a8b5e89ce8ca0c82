package io.gaitway.agents.cli;

import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.client.simulation.RobotFiles;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** Who learns what: AGENT and ENVIRONMENT, or ENVIRONMENT alone with {@code --agent}. */
final class TaskChoice {
  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "AGENT",
      description = "Agent, such as vgps; 'gaitway agents' lists them.")
  private @Nullable String first;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "ENVIRONMENT",
      description = "What to control, such as swimmer; 'gaitway environments' lists them.")
  private @Nullable String second;

  @Mixin private AgentChoice choice = new AgentChoice();

  @Mixin private RobotChoice robot = new RobotChoice();

  TaskChoice() {}

  /** Refuses two agents, and a timeout that is not allowed. */
  void check(CommandSpec spec) {
    processes().check(spec);
    if (command() != null && second != null) {
      throw Gaitway.usage(spec, "AGENT is " + first + ", but --agent names another agent");
    }
    robot.check(spec, environment());
  }

  /** AGENT, if it was given. */
  @Nullable String agent() {
    return command() == null ? first : null;
  }

  /** The command line of an agent in a process of its own, if it was given. */
  @Nullable String command() {
    return choice.command();
  }

  /** ENVIRONMENT, if it was given. */
  @Nullable String environment() {
    return command() == null ? second : first;
  }

  /**
   * The robot's and the task's files in place of ENVIRONMENT; null if that was given.
   *
   * @throws IOException if one cannot be read
   */
  @Nullable RobotFiles files(CommandSpec spec) throws IOException {
    return robot.files(spec);
  }

  /**
   * ENVIRONMENT, or the name of the files in its place.
   *
   * @throws picocli.CommandLine.ParameterException if it was not given, or no agent was
   */
  String requireEnvironment(CommandSpec spec, @Nullable RobotFiles files) {
    @Nullable String environment = files == null ? environment() : files.name();
    boolean agentMissing = agent() == null && command() == null;
    if (agentMissing || environment == null) {
      throw Gaitway.usage(
          spec, (agentMissing ? "AGENT and ENVIRONMENT are" : "ENVIRONMENT is") + " missing");
    }
    return environment;
  }

  AgentProcesses processes() {
    return choice.processes();
  }

  /** The agent that was given; see {@link AgentProcesses#open}. */
  ChosenAgent open() throws IOException {
    return processes().open(Objects.requireNonNullElse(agent(), ""), command());
  }
}
