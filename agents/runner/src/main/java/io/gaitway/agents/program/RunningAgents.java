package io.gaitway.agents.program;

import io.gaitway.agents.api.SettingException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The agents that were started in processes of their own and have not been ended. */
public final class RunningAgents {
  private final Set<AgentProgram> running = ConcurrentHashMap.newKeySet();
  private final ReferenceSolver solver;

  /**
   * None yet.
   *
   * @param solver finds the reference of a training that an agent begins without one
   */
  public RunningAgents(ReferenceSolver solver) {
    this.solver = solver;
  }

  /**
   * Starts one and asks what it is.
   *
   * @param command command line, see {@link CommandWords}
   * @param patience time without a sign of life after which it is given up
   * @throws SettingException if the command cannot be started
   * @throws AgentFault if the process is not an agent
   */
  public ChosenAgent start(String command, Duration patience) throws IOException {
    AgentProgram agent = AgentProgram.start(command, patience, solver);
    running.add(agent);
    try {
      agent.connect();
    } catch (RuntimeException e) {
      end(agent);
      throw e;
    }
    return ChosenAgent.of(agent, this);
  }

  /** Ends one. */
  void end(AgentProgram agent) {
    agent.close();
    running.remove(agent);
  }

  /** Ends all, at the same time, whatever they are doing; from any thread. */
  public void endAll() {
    CompletableFuture.allOf(
            running.stream()
                .map(
                    agent ->
                        CompletableFuture.runAsync(agent::close, work -> new Thread(work).start()))
                .toArray(CompletableFuture[]::new))
        .join();
  }
}
