package io.gaitway.agents.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An agent to train with: one on the class path, or one in a process that was started for it. The
 * process does one training at a time, and ends when this is closed; the agent's description stays
 * available after that.
 */
public final class ChosenAgent implements AutoCloseable {
  private final AnyAgent agent;
  private final @Nullable AgentProgram program;
  private final @Nullable RunningAgents running;

  private ChosenAgent(
      AnyAgent agent, @Nullable AgentProgram program, @Nullable RunningAgents running) {
    this.agent = agent;
    this.program = program;
    this.running = running;
  }

  /** An agent on the class path. */
  public static ChosenAgent of(Agent<?> agent) {
    return new ChosenAgent(agent, null, null);
  }

  /**
   * An agent in a process of its own.
   *
   * @param running those that it belongs to
   */
  static ChosenAgent of(AgentProgram agent, RunningAgents running) {
    return new ChosenAgent(agent, agent, running);
  }

  /** The agent. */
  public AnyAgent agent() {
    return agent;
  }

  /** The agent's name. */
  public String name() {
    return agent.name();
  }

  /** The command line that started its process; null if it has none. */
  public @Nullable String command() {
    return program == null ? null : program.command();
  }

  /** Whether the simulator has to be reachable from another process. */
  public boolean isProgram() {
    return program != null;
  }

  /**
   * Settings of all presets for an environment, by the preset's name.
   *
   * @param environment catalog name
   * @param overrides values that replace those of every preset, as text
   * @throws SettingException if there is no such setting, or a value is not allowed
   */
  public Map<String, ObjectNode> settings(String environment, Map<String, String> overrides) {
    Map<String, ObjectNode> settings = new LinkedHashMap<>();
    for (String preset : agent.presets()) {
      settings.put(
          preset, agent.schema().merge(agent.presetSettings(preset, environment), overrides));
    }
    return settings;
  }

  /** The same agent for another training, also at the same time: in another process, if any. */
  public ChosenAgent another() throws IOException {
    return program == null || running == null
        ? this
        : running.start(program.command(), program.patience());
  }

  /**
   * Makes ready for a run, which keeps what the agent's process prints, if it has one.
   *
   * @throws IOException if the run is another agent's: a command may start another one by now
   */
  public void take(RunDirectory run, RunConfig config) throws IOException {
    if (!name().equals(config.agent())) {
      throw new IOException(
          "the run in %s was trained by %s, but '%s' is %s"
              .formatted(run.path(), config.agent(), command(), name()));
    }
    if (program != null) {
      program.keepLog(run.agentLog());
    }
  }

  @Override
  public void close() {
    if (program != null && running != null) {
      running.end(program);
    }
  }
}
