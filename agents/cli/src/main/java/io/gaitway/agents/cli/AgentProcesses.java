package io.gaitway.agents.cli;

import io.gaitway.agents.api.Agents;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.guidance.InitialSolution;
import io.gaitway.agents.program.AgentFault;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.program.RunningAgents;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The agents that a command starts in processes of their own, and the option about them. */
final class AgentProcesses {
  @Option(
      names = "--agent-timeout",
      defaultValue = "600",
      paramLabel = "SECONDS",
      description =
          "How long a program of --agent may give no sign of life before it is ended, inf for no"
              + " limit; default ${DEFAULT-VALUE}.")
  private String timeout = "";

  private Duration patience = Seconds.NONE;

  private final RunningAgents running =
      new RunningAgents((simulator, T) -> new InitialSolution(simulator).solve(T));

  AgentProcesses() {}

  /** Reads the timeout; to be called before {@link #open}. */
  void check(CommandSpec spec) {
    patience = Seconds.limit(spec, "--agent-timeout", timeout);
  }

  /**
   * An agent to work with.
   *
   * @param name name of an agent on the class path, opened where no command is given
   * @param command that starts an agent in a process of its own, or null
   * @throws SettingException if there is no such agent, or the command cannot be started
   * @throws AgentFault if the program does not do as agents do
   */
  ChosenAgent open(String name, @Nullable String command) throws IOException {
    return command == null
        ? ChosenAgent.of(Agents.load().get(name))
        : running.start(command, patience);
  }

  /** Ends all, at the same time, whatever they are doing; from any thread. */
  void endAll() {
    running.endAll();
  }
}
