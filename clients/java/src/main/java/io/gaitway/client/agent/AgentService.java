package io.gaitway.client.agent;

import java.util.function.Consumer;

/**
 * An agent, seen across processes: {@link AgentClient} calls one that another process serves,
 * {@link AgentServer} serves one to another process.
 */
public interface AgentService {

  /**
   * Says what the agent is and which settings it has.
   *
   * @param environment catalog name of the environment whose presets are asked for
   */
  AgentDescription describe(String environment);

  /**
   * Begins a training.
   *
   * @param notes takes what there is to show while a command runs
   * @throws IllegalArgumentException in a server, for a task or a checkpoint that it refuses
   * @throws AgentException from a client, if the agent refuses or fails
   */
  AgentTraining begin(AgentTask task, Consumer<AgentNote> notes);
}
