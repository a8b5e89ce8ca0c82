package io.gaitway.agents.gait;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepResult;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Tries gaits, many at a time, in a session of as many environments as there are trials. */
public final class GaitTrials implements AutoCloseable {
  /** Cost of a leaning torso per control step, 1/rad²: the task does not mind how it is held. */
  private static final double POSTURE = 5;

  private final Session session;
  private final Biped biped;
  private final int steps;

  /**
   * Opens the session.
   *
   * @param environment catalog name of a biped
   * @param parameters the environment's overrides
   * @param trials number of trials that run together
   * @param steps control steps of a trial
   * @throws IllegalArgumentException if the environment is not a biped
   */
  public GaitTrials(
      GaitwayClient client,
      String environment,
      Map<String, Double> parameters,
      int trials,
      int steps) {
    this.steps = steps;
    biped = new Biped(client.environment(environment, parameters));
    session =
        client.session(
            environment,
            parameters,
            SessionOptions.defaults()
                .withEnvironments(trials)
                .withAutoreset(SessionOptions.Autoreset.SAME_STEP)
                .withBounds(SessionOptions.Bounds.CLIP)
                .withMaxEpisodeSteps(steps));
  }

  /**
   * How trials went.
   *
   * @param costs total cost of every trial, with the charge for what a fall leaves out and one for
   *     a leaning torso
   * @param survived control steps that every trial made without a fall
   * @param advance how far the hip went along x in every trial, m
   */
  public record Outcome(double[] costs, int[] survived, double[] advance) {
    /** Number of trials that made {@code steps} control steps without a fall. */
    public int upright(int steps) {
      return (int) Arrays.stream(survived).filter(made -> made >= steps).count();
    }
  }

  /**
   * Runs one trial of each gait.
   *
   * @param gaits one for each environment of the session
   * @param start the initial states
   */
  public Outcome run(List<Gait> gaits, Reset start) {
    EnvironmentInfo environment = session.environment();
    int n = session.size();
    int nx = environment.nx();
    int nu = environment.nu();
    List<Simbicon> controllers =
        gaits.stream().map(gait -> new Simbicon(biped, environment.dt(), gait)).toList();
    double[] costs = new double[n];
    int[] survived = new int[n];
    double[] advance = new double[n];
    boolean[] over = new boolean[n];
    double[] us = new double[n * nu];
    try (StepStream stream = session.stream()) {
      double[] states = stream.reset(start).states();
      for (int i = 0; i < n; i++) {
        advance[i] = -biped.place(states, i * nx);
      }
      for (int t = 0; t < steps && IntStream.range(0, n).anyMatch(i -> !over[i]); t++) {
        for (int i = 0; i < n; i++) {
          if (over[i]) {
            Arrays.fill(us, i * nu, (i + 1) * nu, 0);
          } else {
            controllers.get(i).act(states, i * nx, us, i * nu);
            double lean = biped.torsoAngle(states, i * nx);
            costs[i] += POSTURE * lean * lean;
          }
        }
        StepResult result = stream.step(us);
        states = result.states();
        for (StepResult.NewEpisode next : result.resets()) {
          int i = next.environment();
          if (!over[i]) {
            advance[i] += biped.place(next.finalState(), 0);
          }
        }
        for (int i = 0; i < n; i++) {
          if (!over[i]) {
            costs[i] += result.diverged()[i] ? Double.POSITIVE_INFINITY : result.costs()[i];
            survived[i] += result.terminated()[i] || result.diverged()[i] ? 0 : 1;
            over[i] = result.terminated()[i] || result.truncated()[i];
          }
        }
      }
    }
    return new Outcome(costs, survived, advance);
  }

  @Override
  public void close() {
    session.close();
  }
}
