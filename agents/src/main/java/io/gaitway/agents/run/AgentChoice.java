package io.gaitway.agents.run;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of an agent in a process of its own, and the way to any agent. */
final class AgentChoice {
  static final String OPTION = "--agent";

  private static final int MOST_SECONDS = 86_400;

  @Option(
      names = OPTION,
      paramLabel = "COMMAND",
      description =
          "Program that is the learning method, in any language, instead of AGENT: a command line"
              + " such as 'python my_agent.py'. It is split into words as a shell does, and run"
              + " without one.")
  private @Nullable String command;

  @Option(
      names = "--agent-timeout",
      defaultValue = "600",
      paramLabel = "SECONDS",
      description =
          "Time without a sign of life after which such a program is given up, 1 to 86400; default"
              + " ${DEFAULT-VALUE}.")
  private int timeout;

  AgentChoice() {}

  /** The command line; null if none was given. */
  @Nullable String command() {
    return command;
  }

  void check(CommandSpec spec) {
    Gaitway.requireRange(spec, "--agent-timeout", timeout, 1, MOST_SECONDS);
  }

  /**
   * An agent to work with.
   *
   * @param name name of one on the class path; used if there is no command
   * @param commandLine what starts one in a process of its own, or null
   * @throws SettingException if there is no such agent, or the command cannot be started
   * @throws AgentFault if the process is no agent
   */
  Chosen open(String name, @Nullable String commandLine) throws IOException {
    if (commandLine == null) {
      return new Chosen(Agents.load().get(name), null);
    }
    ForeignAgent agent = ForeignAgent.start(commandLine, Duration.ofSeconds(timeout));
    return new Chosen(agent, agent);
  }

  /**
   * An agent, with its process if it has one of its own.
   *
   * @param foreign the same agent, or null if it is on the class path
   */
  record Chosen(LearningMethod method, @Nullable ForeignAgent foreign) implements AutoCloseable {

    /** Whether the simulator has to be reachable from another process. */
    boolean isForeign() {
      return foreign != null;
    }

    /** Keeps what its process prints, if it has one, with a run. */
    void keepLog(RunDirectory directory) throws IOException {
      if (foreign != null) {
        foreign.keepLog(directory.agentLog());
      }
    }

    @Override
    public void close() {
      if (foreign != null) {
        foreign.close();
      }
    }
  }
}
