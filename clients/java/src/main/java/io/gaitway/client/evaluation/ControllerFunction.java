package io.gaitway.client.evaluation;

import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;

/**
 * A controller under evaluation: states in, actions out. Its methods are called by the thread that
 * waits in {@link Evaluations#control}; what they throw ends the control.
 */
@FunctionalInterface
public interface ControllerFunction {
  /**
   * Answers a round.
   *
   * @param round the states that ask for actions
   * @param us receives the actions, shape (n, nu), rows as in the round; zero before the call
   */
  void act(Round round, double[] us);

  /** Tells what is to be controlled, before the first round. */
  default void begin(Task task) {}

  /** Tells of an episode that has ended. */
  default void ended(EpisodeResult result) {}

  /**
   * What is to be controlled.
   *
   * @param evaluation the evaluation
   * @param environment the environment with the parameters of the suite's first variant
   */
  record Task(EvaluationInfo evaluation, EnvironmentInfo environment) {}

  /**
   * States that ask for actions.
   *
   * @param number number of the round
   * @param episodes the episodes in it, ascending; n of them
   * @param steps control steps since each episode's start; 0 tells a controller with memory to
   *     clear it
   * @param states shape (n, nx)
   */
  record Round(long number, List<Integer> episodes, List<Integer> steps, double[] states) {
    /** Copies the lists. */
    public Round {
      episodes = List.copyOf(episodes);
      steps = List.copyOf(steps);
    }

    /** Number of episodes in the round, n. */
    public int size() {
      return episodes.size();
    }
  }
}
