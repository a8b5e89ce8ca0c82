package io.gaitway.client.agent;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Trajectory;
import java.util.Map;
import java.util.Optional;

/** A training that goes on in step with whoever asks for its iterations; for one thread. */
public interface AgentTraining extends AutoCloseable {

  /**
   * The solution that learning starts from and is compared with; empty where the other side is to
   * compute it, or the training goes on from a checkpoint.
   */
  Optional<Trajectory> reference();

  /**
   * Runs one iteration.
   *
   * @param iteration its number, from 1; one more than that of the iteration before
   */
  Iteration iterate(int iteration);

  /** The whole state, such that a training that begins with it continues with the same bits. */
  byte[] save();

  /** Ends the training; what it holds is forgotten. */
  @Override
  void close();

  /**
   * What an iteration came to.
   *
   * @param policy the policy after it, with its noise
   * @param scalars numbers to record, by name, in the order in which they are to be shown
   */
  record Iteration(Controller.Mlp policy, Map<String, Double> scalars) {}
}
