package io.gaitway.agents.run;

import io.gaitway.agents.api.Reference;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.ContactPoint;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.util.ArrayList;
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
 * @param contactPoints where they can touch the ground; empty where there is none
 * @param groundHeight y of the ground, m
 * @param ddp the reference
 * @param learned the policy without its noise, from the mean initial state
 * @param noisy the rollouts with noise of the last measurement, where the environment can end an
 *     episode early; else empty
 */
public record RunTrajectories(
    int format,
    String environment,
    double dt,
    List<String> state,
    List<String> action,
    List<LinkGeometry> geometry,
    List<ContactPoint> contactPoints,
    double groundHeight,
    Recording ddp,
    Recording learned,
    List<NoisyRollout> noisy) {

  /**
   * One motion.
   *
   * @param cost total cost; null if the simulation diverged
   * @param xs states, one more than there are steps
   * @param us actions as applied, one for every step
   * @param costs running costs, one for every step
   * @param contactForces force along x and along y on every contact point, N, in the last
   *     integrator step of every step; empty where there are no contact points
   */
  public record Recording(
      @Nullable Double cost,
      List<double[]> xs,
      List<double[]> us,
      double[] costs,
      List<List<double[]>> contactForces) {

    static Recording of(Simulator simulator, Trajectory trajectory, double cost, int steps) {
      int nx = trajectory.nx;
      int nu = trajectory.nu;
      int contacts = simulator.environment().contactPoints().size();
      double[] forces = simulator.contactForces(trajectory, steps);
      List<List<double[]>> contactForces = new ArrayList<>();
      for (int t = 0; t < steps && contacts > 0; t++) {
        contactForces.add(rows(forces, t * contacts, (t + 1) * contacts, 2));
      }
      return new Recording(
          Double.isFinite(cost) ? cost : null,
          rows(trajectory.xs, 0, steps + 1, nx),
          rows(trajectory.us, 0, steps, nu),
          Arrays.copyOf(trajectory.costs, steps),
          contactForces);
    }

    /** The states and actions. */
    public Trajectory trajectory() {
      Trajectory trajectory =
          new Trajectory(us.size(), xs.get(0).length, us.isEmpty() ? 0 : us.get(0).length);
      for (int t = 0; t < xs.size(); t++) {
        System.arraycopy(xs.get(t), 0, trajectory.xs, t * trajectory.nx, trajectory.nx);
      }
      for (int t = 0; t < us.size(); t++) {
        System.arraycopy(us.get(t), 0, trajectory.us, t * trajectory.nu, trajectory.nu);
      }
      return trajectory;
    }

    /**
     * Rows of a row-major array, copied.
     *
     * @param from first row
     * @param to row after the last one
     * @param columns entries of a row
     */
    public static List<double[]> rows(double[] values, int from, int to, int columns) {
      double[][] result = new double[to - from][];
      for (int i = from; i < to; i++) {
        result[i - from] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
      }
      return List.of(result);
    }
  }

  /**
   * One rollout with noise, in short.
   *
   * @param number which of the measurement's rollouts, from 0
   * @param steps control steps completed
   * @param terminated whether the environment ended it in the state after them (a fall, say)
   * @param path root position (x, y), m, in every state
   */
  public record NoisyRollout(int number, int steps, boolean terminated, List<double[]> path) {

    static NoisyRollout of(int number, Rollout rollout) {
      Trajectory trajectory = rollout.trajectory();
      List<double[]> path = new ArrayList<>();
      for (int t = 0; t <= rollout.steps(); t++) {
        int at = t * trajectory.nx;
        path.add(new double[] {trajectory.xs[at], trajectory.xs[at + 1]});
      }
      return new NoisyRollout(number, rollout.steps(), rollout.terminated(), path);
    }
  }

  static RunTrajectories of(
      Simulator simulator, Reference reference, PolicyMeasurement measurement) {
    EnvironmentInfo spec = simulator.environment();
    Rollout learned = measurement.learned();
    List<NoisyRollout> noisy = new ArrayList<>();
    for (int i = 0; i < measurement.noisy().size() && !spec.termination().isEmpty(); i++) {
      noisy.add(NoisyRollout.of(i, measurement.noisy().get(i).rollout()));
    }
    return new RunTrajectories(
        RunConfig.FORMAT,
        spec.id(),
        spec.dt(),
        spec.state().stream().map(EnvironmentInfo.StateEntry::name).toList(),
        spec.action().stream().map(EnvironmentInfo.ActionEntry::name).toList(),
        spec.geometry(),
        spec.contactPoints(),
        spec.groundHeight(),
        Recording.of(simulator, reference.trajectory(), reference.cost(), spec.horizon()),
        Recording.of(
            simulator, learned.trajectory(), measurement.deterministicCost(), learned.steps()),
        noisy);
  }
}
