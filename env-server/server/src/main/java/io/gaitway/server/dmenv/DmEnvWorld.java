package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.EnvironmentStateType;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.session.EnvironmentBatch;
import io.gaitway.server.session.Sessions;
import io.gaitway.server.wire.Errors;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A world of dm_env_rpc: a session of one environment, and what that protocol knows beyond it:
 * whether there is an agent, and where the agent is in its sequence of steps.
 */
final class DmEnvWorld {
  final Model model;

  private final String name;
  private final Sessions sessions;

  /** The seed to put in force with the next episode. */
  private @Nullable Long seed;

  private boolean hasAgent;

  /** Whether an episode is under way; if not, the next step starts one. */
  private boolean running;

  /** Whether another connection ended the episode and the agent is still to be told. */
  private boolean interrupted;

  /** The state after the last step, shape (nx). */
  private double[] x = {};

  /**
   * What a step led to.
   *
   * @param x the state, shape (nx)
   */
  record Outcome(EnvironmentStateType state, double[] x, double reward) {}

  DmEnvWorld(String name, Model model, Sessions sessions, @Nullable Long seed) {
    this.name = name;
    this.model = model;
    this.sessions = sessions;
    this.seed = seed;
  }

  /** Lets the one agent in. */
  synchronized void join() {
    requireNoAgent("JoinWorld");
    sessions.use(name);
    hasAgent = true;
  }

  /** Lets the agent out; the next one begins with an episode of its own. */
  synchronized void leave() {
    hasAgent = false;
    running = false;
    interrupted = false;
  }

  /** Ends the session. */
  synchronized void destroy() {
    requireNoAgent("DestroyWorld");
    sessions.delete(name);
  }

  /** Ends the episode; the agent is told by its next step, unless it asked for this itself. */
  synchronized void reset(Map<String, Tensor> settings, boolean byAgent) {
    Long given = new DmEnvSettings(settings, "seed").seed();
    sessions.use(name);
    if (given != null) {
      seed = given;
    }
    interrupted = !byAgent && (interrupted || running);
    running = false;
  }

  /** Advances by a control step with these actions, or starts the next episode without them. */
  synchronized Outcome step(Map<Long, Tensor> actions) {
    if (interrupted) {
      sessions.use(name);
      interrupted = false;
      return new Outcome(EnvironmentStateType.INTERRUPTED, x, 0);
    }
    return running ? advance(DmEnvSpecs.action(model, actions)) : start();
  }

  private Outcome start() {
    long[] seeds = seed == null ? null : new long[] {seed};
    x = sessions.reset(name, seeds, batch -> batch.xs.clone());
    seed = null;
    running = true;
    return new Outcome(EnvironmentStateType.RUNNING, x, 0);
  }

  private Outcome advance(double[] action) {
    Outcome outcome = sessions.step(name, action, DmEnvWorld::outcome);
    x = outcome.x();
    running = outcome.state() == EnvironmentStateType.RUNNING;
    return outcome;
  }

  private static Outcome outcome(EnvironmentBatch batch) {
    EnvironmentStateType state =
        batch.terminated[0]
            ? EnvironmentStateType.TERMINATED
            : batch.truncated[0] ? EnvironmentStateType.INTERRUPTED : EnvironmentStateType.RUNNING;
    return new Outcome(state, batch.xs.clone(), -batch.costs[0]);
  }

  private void requireNoAgent(String request) {
    if (hasAgent) {
      throw Errors.wrongWorldState(request, "a connection has joined the world");
    }
  }
}
