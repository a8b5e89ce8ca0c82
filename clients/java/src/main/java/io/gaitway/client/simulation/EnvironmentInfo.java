package io.gaitway.client.simulation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a client needs to know of an environment, with the parameters that are in force.
 *
 * @param id catalog name, such as {@code swimmer}
 * @param version raised whenever a default or the meaning of the dynamics changes
 * @param modelDigest SHA-256 (hex) over version and every number that the dynamics depend on
 * @param description one paragraph for people
 * @param state the state's entries in order, positions first, then velocities
 * @param action the action's entries in order
 * @param observation indices into the state that a policy sees by default, in order
 * @param dt duration of a control step, s
 * @param substeps integrator steps within a control step
 * @param integrator name of the integrator
 * @param horizon default number of control steps in an episode
 * @param costTerms the terms whose sum is the running cost (per control step, dt not folded in)
 * @param terminalCostTerms the terms whose sum is the cost of the state after the last control
 *     step; empty where there is none
 * @param rewardTerms the terms whose sum is the reward of a control step; empty where that is minus
 *     the cost
 * @param initialState mean and standard deviation of the initial state
 * @param termination what ends an episode early, for people; empty when nothing does
 * @param terminationCost cost of every control step that an episode falls short of its horizon
 *     because it terminated
 * @param terminationChargesActions whether every such step also costs what the episode's actions
 *     cost in the mean over its steps, c(x, u) − c(x, 0)
 * @param parameters the parameters that creation can override, with the values in force
 * @param geometry the links to draw, in the model's order
 * @param contactPoints where the links can touch the ground, which is level; empty where there is
 *     none
 * @param groundHeight y of the ground, m; 0 where there is none
 * @param goal what counts as success; null where completing the horizon is all there is to achieve
 * @param firstGuess actions to begin an optimisation from; null if none are known
 */
public record EnvironmentInfo(
    String id,
    String version,
    String modelDigest,
    String description,
    List<StateEntry> state,
    List<ActionEntry> action,
    List<Integer> observation,
    double dt,
    int substeps,
    String integrator,
    int horizon,
    List<CostTerm> costTerms,
    List<CostTerm> terminalCostTerms,
    List<CostTerm> rewardTerms,
    InitialState initialState,
    String termination,
    double terminationCost,
    boolean terminationChargesActions,
    List<Parameter> parameters,
    List<LinkGeometry> geometry,
    List<ContactPoint> contactPoints,
    double groundHeight,
    @Nullable Goal goal,
    @Nullable FirstGuess firstGuess) {

  /** Copies the lists. */
  public EnvironmentInfo {
    state = List.copyOf(state);
    action = List.copyOf(action);
    observation = List.copyOf(observation);
    costTerms = List.copyOf(costTerms);
    terminalCostTerms = List.copyOf(terminalCostTerms);
    rewardTerms = List.copyOf(rewardTerms);
    parameters = List.copyOf(parameters);
    geometry = List.copyOf(geometry);
    contactPoints = List.copyOf(contactPoints);
  }

  /** Number of state entries. */
  public int nx() {
    return state.size();
  }

  /** Index of the state entry of that name, or −1 if there is none. */
  public int stateIndex(String name) {
    for (int i = 0; i < state.size(); i++) {
      if (state.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** Number of action entries. */
  public int nu() {
    return action.size();
  }

  /** Values in force of all parameters, by name. */
  public Map<String, Double> parameterValues() {
    Map<String, Double> values = new LinkedHashMap<>();
    parameters.forEach(parameter -> values.put(parameter.name(), parameter.value()));
    return values;
  }

  /**
   * One entry of the state.
   *
   * @param name such as {@code root_x} or {@code joint1_velocity}
   * @param unit SI unit
   * @param angle whether the entry is an angle (any multiple of 2π is the same configuration)
   * @param lower soft or nominal lower bound, possibly −∞
   * @param upper soft or nominal upper bound, possibly +∞
   */
  public record StateEntry(String name, String unit, boolean angle, double lower, double upper) {}

  /**
   * One entry of the action.
   *
   * @param name such as {@code joint1_torque}
   * @param unit SI unit
   * @param lower lower bound
   * @param upper upper bound
   */
  public record ActionEntry(String name, String unit, double lower, double upper) {}

  /**
   * One term {@code weight · penalty(quantity − target)} of a cost.
   *
   * @param name such as {@code speed}
   * @param quantity what is penalised, for people, with its unit
   * @param weight factor
   * @param target value at which the term vanishes
   * @param penalty how the term grows with the residual quantity − target
   * @param width of the smooth absolute, in the quantity's unit; 0 for the others
   */
  public record CostTerm(
      String name, String quantity, double weight, double target, Penalty penalty, double width) {}

  /** How a term of the cost grows with its residual r. */
  public enum Penalty {
    /** r². */
    QUADRATIC,
    /** r itself. */
    LINEAR,
    /** √(r² + width²) − width: |r| with a rounded corner. */
    SMOOTH_ABSOLUTE
  }

  /**
   * What counts as success: to complete the horizon, to come far enough, and not to cost too much.
   *
   * @param progressIndex index into the state of the position that the robot is to travel along; −1
   *     if it is not to travel
   * @param targetSpeed speed asked for along it, in the entry's unit per second; negative to travel
   *     backwards, 0 without such an entry
   * @param leastShare least part of the way targetSpeed · time that a success covers, 0 to 1
   * @param mostCostRatio most that a success costs, as a multiple of a reference's cost over the
   *     same horizon
   */
  public record Goal(
      int progressIndex, double targetSpeed, double leastShare, double mostCostRatio) {}

  /**
   * Actions to begin an optimisation from; exactly one of the two is there.
   *
   * @param sinusoid a sine per action
   * @param gait name of a hand-crafted gait, such as {@code walker}, which whoever optimises brings
   *     along; one that does not know the name has no first guess
   */
  public record FirstGuess(@Nullable Sinusoid sinusoid, @Nullable String gait) {}

  /**
   * The actions u_j(t) = amplitude_j sin(2π frequency t + phase_j).
   *
   * @param frequency Hz
   * @param amplitude of each action, in its unit; shape (nu)
   * @param phase of each action, rad; shape (nu)
   */
  public record Sinusoid(double frequency, List<Double> amplitude, List<Double> phase) {
    /** Copies the lists. */
    public Sinusoid {
      amplitude = List.copyOf(amplitude);
      phase = List.copyOf(phase);
    }
  }

  /**
   * The distribution of initial states, a diagonal Gaussian.
   *
   * @param mean shape (nx)
   * @param std shape (nx)
   */
  public record InitialState(List<Double> mean, List<Double> std) {
    /** Copies the lists. */
    public InitialState {
      mean = List.copyOf(mean);
      std = List.copyOf(std);
    }

    /** A new array with the mean, shape (nx). */
    public double[] meanState() {
      return mean.stream().mapToDouble(Double::doubleValue).toArray();
    }
  }

  /**
   * A number that creation can override.
   *
   * @param name such as {@code target_speed}
   * @param value value in force
   * @param defaultValue value when nothing is said
   * @param lower least value allowed
   * @param upper greatest value allowed
   * @param integer whether only whole numbers are allowed
   * @param unit SI unit, empty for a count or a ratio
   * @param description what it does and what the default was chosen for
   */
  public record Parameter(
      String name,
      double value,
      double defaultValue,
      double lower,
      double upper,
      boolean integer,
      String unit,
      String description) {}

  /**
   * A link and its shapes, for drawing. Its frame sits in its parent's frame (the world's for the
   * root) at (hingeX + state[xIndex], hingeY + state[yIndex]); the frame's absolute angle is the
   * parent's plus {@code angle + axis · state[angleIndex]} (counter-clockwise positive). Where an
   * index is −1, 0 stands for the state's entry; {@link #slideX}, {@link #slideY} and {@link
   * #angle(double[])} do so.
   *
   * @param name link name
   * @param parent index of the parent link, −1 for the root
   * @param xIndex state index of the link's slide along x; −1 if it has none
   * @param yIndex state index of the link's slide along y; −1 if it has none
   * @param angleIndex state index of the hinge angle; −1 if the link does not turn
   * @param axis +1 or −1, the hinge's sense
   * @param hingeX hinge position in the parent's frame, m
   * @param hingeY hinge position in the parent's frame, m
   * @param angle of the frame in the parent's where the hinge angle is 0, rad
   * @param shapes in the link's frame; none for a link that is only a hinge
   * @param mass kg
   * @param comX centre of mass in the link's frame, m
   * @param comY centre of mass in the link's frame, m
   */
  public record LinkGeometry(
      String name,
      int parent,
      int xIndex,
      int yIndex,
      int angleIndex,
      int axis,
      double hingeX,
      double hingeY,
      double angle,
      List<Shape> shapes,
      double mass,
      double comX,
      double comY) {
    /** Copies the list. */
    public LinkGeometry {
      shapes = List.copyOf(shapes);
    }

    /** How far the link has slid along x in a state, m. */
    public double slideX(double[] state) {
      return entry(state, xIndex);
    }

    /** How far the link has slid along y in a state, m. */
    public double slideY(double[] state) {
      return entry(state, yIndex);
    }

    /** The frame's angle against its parent's in a state, rad, counter-clockwise. */
    public double angle(double[] state) {
      return angle + axis * entry(state, angleIndex);
    }

    private static double entry(double[] state, int index) {
      return index < 0 ? 0 : state[index];
    }
  }

  /**
   * A shape: all points within a radius of the convex hull of some points, in the link's frame. Two
   * points make a capsule, one a disc, four without a radius a rectangle.
   *
   * @param points their x and y in turn, m
   * @param radius m; 0 for a shape with corners
   */
  public record Shape(List<Double> points, double radius) {
    /** Copies the list. */
    public Shape {
      points = List.copyOf(points);
    }
  }

  /**
   * A sphere that can touch the ground; the force on it acts at its lowest point.
   *
   * @param link index of the link that carries it
   * @param x its centre in the link's frame, m
   * @param y its centre in the link's frame, m
   * @param radius m
   */
  public record ContactPoint(int link, double x, double y, double radius) {}
}
