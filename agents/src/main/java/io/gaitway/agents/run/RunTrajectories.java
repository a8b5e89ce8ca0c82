package io.gaitway.agents.run;

import io.gaitway.client.EnvironmentInfo;
import io.gaitway.client.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.Trajectory;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reference's motion and the policy's; the content of {@code trajectories.json}.
 *
 * @param format version of the run directory's layout
 * @param environment catalog name
 * @param dt duration of a control step, s
 * @param state names of the state's entries
 * @param action names of the action's entries
 * @param geometry the links to draw
 * @param ddp the reference
 * @param learned the policy without its noise, from the mean initial state
 */
public record RunTrajectories(
    int format,
    String environment,
    double dt,
    List<String> state,
    List<String> action,
    List<LinkGeometry> geometry,
    Motion ddp,
    Motion learned) {

  /**
   * One motion.
   *
   * @param cost total cost; null if the simulation diverged
   * @param xs states, one more than there are steps
   * @param us actions as applied, one for every step
   * @param costs running costs, one for every step
   */
  public record Motion(
      @Nullable Double cost, List<double[]> xs, List<double[]> us, double[] costs) {

    static Motion of(Trajectory trajectory, double cost, int steps) {
      int nx = trajectory.nx;
      int nu = trajectory.nu;
      return new Motion(
          Double.isFinite(cost) ? cost : null,
          rows(trajectory.xs, steps + 1, nx),
          rows(trajectory.us, steps, nu),
          Arrays.copyOf(trajectory.costs, steps));
    }

    static List<double[]> rows(double[] values, int rows, int columns) {
      double[][] result = new double[rows][];
      for (int i = 0; i < rows; i++) {
        result[i] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
      }
      return List.of(result);
    }
  }

  static RunTrajectories of(EnvironmentInfo spec, Reference reference, Evaluation evaluation) {
    return new RunTrajectories(
        RunConfig.FORMAT,
        spec.id(),
        spec.dt(),
        spec.state().stream().map(EnvironmentInfo.StateEntry::name).toList(),
        spec.action().stream().map(EnvironmentInfo.ActionEntry::name).toList(),
        spec.geometry(),
        Motion.of(reference.trajectory(), reference.cost(), spec.horizon()),
        Motion.of(
            evaluation.learned().trajectory(),
            evaluation.deterministicCost(),
            evaluation.learned().steps()));
  }
}
