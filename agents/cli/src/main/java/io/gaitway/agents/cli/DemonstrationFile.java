package io.gaitway.agents.cli;

import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.run.RunTrajectories;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A walk, step by step; the file's format is described in {@code docs/gait.md}.
 *
 * @param format always {@link #FORMAT}
 * @param formatVersion version of the format
 * @param environment where the walk took place
 * @param parameters overrides of the environment's parameters, sorted by name
 * @param dt duration of a control step, s
 * @param states names of the state's entries, in order
 * @param actions names of the action's entries, in order
 * @param gait what was walked
 * @param xs states, one more than there are steps
 * @param us torques as applied, one for every step
 * @param costs running costs, one for every step
 * @param totalCost their sum with the terminal cost and a fall's; null if the simulation diverged
 * @param distance how far the hip went along x, m
 * @param fell whether the walk ended before its time
 * @param midGait the state at the third change of the stance leg, at x = 0 and with leg 0 standing;
 *     null if it was not asked for or not reached
 */
record DemonstrationFile(
    String format,
    int formatVersion,
    Place environment,
    Map<String, Double> parameters,
    double dt,
    List<String> states,
    List<String> actions,
    Gait gait,
    List<double[]> xs,
    List<double[]> us,
    double[] costs,
    @Nullable Double totalCost,
    double distance,
    boolean fell,
    double @Nullable [] midGait) {

  /** Value of {@code format} in every file. */
  static final String FORMAT = "gaitway-demonstration";

  /** The version of the format that this program writes. */
  static final int FORMAT_VERSION = 1;

  /**
   * An environment to the last number.
   *
   * @param id catalog name
   * @param version raised whenever the meaning of the dynamics changes
   * @param modelDigest digest of every number that the dynamics depend on
   */
  record Place(String id, String version, String modelDigest) {}

  /** What a rollout shows of a gait. */
  static DemonstrationFile of(
      EnvironmentInfo environment,
      Map<String, Double> parameters,
      Gait gait,
      Rollout walk,
      double @Nullable [] midGait) {
    int steps = walk.steps();
    int nx = environment.nx();
    double[] xs = walk.trajectory().xs;
    return new DemonstrationFile(
        FORMAT,
        FORMAT_VERSION,
        new Place(environment.id(), environment.version(), environment.modelDigest()),
        new TreeMap<>(parameters),
        environment.dt(),
        environment.state().stream().map(EnvironmentInfo.StateEntry::name).toList(),
        environment.action().stream().map(EnvironmentInfo.ActionEntry::name).toList(),
        gait,
        RunTrajectories.Recording.rows(xs, 0, steps + 1, nx),
        RunTrajectories.Recording.rows(walk.trajectory().us, 0, steps, environment.nu()),
        Arrays.copyOf(walk.trajectory().costs, steps),
        Double.isFinite(walk.cost()) ? walk.cost() : null,
        xs[steps * nx] - xs[0],
        walk.terminated() || walk.diverged(),
        midGait);
  }

  /** Number of control steps. */
  int steps() {
    return us.size();
  }

  /** Mean speed of the hip along x, m/s; 0 if there is no step. */
  double speed() {
    return us.isEmpty() ? 0 : distance / (us.size() * dt);
  }
}
