package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.JointLimits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The numbers that creating an environment can override, in the order they were declared: each is
 * checked against its range and kept with its description.
 */
public final class Parameters {
  private final Map<String, Double> overrides;
  private final Map<String, EnvironmentSpec.Parameter> declared = new LinkedHashMap<>();

  /** None declared yet, with the values that creation asks for. */
  public Parameters(Map<String, Double> overrides) {
    this.overrides = Map.copyOf(overrides);
  }

  /**
   * Declares a real number and returns the value in force.
   *
   * @param unit SI unit, empty for a ratio
   * @param what it does, for people
   * @throws ParameterException if it is out of range
   */
  public double real(
      String name, double defaultValue, double lower, double upper, String unit, String what) {
    return declare(name, defaultValue, lower, upper, false, unit, what);
  }

  /** Declares a whole number and returns the value in force; otherwise as {@link #real}. */
  public int whole(String name, int defaultValue, int lower, int upper, String unit, String what) {
    return (int) declare(name, defaultValue, lower, upper, true, unit, what);
  }

  /**
   * Declares the soft limits of the hinges; arguments are the defaults, N m/rad, N m s/rad and rad.
   */
  public JointLimits jointLimits(double stiffness, double damping, double width) {
    return new JointLimits(
        real("limit_stiffness", stiffness, 0, 1e7, "N m/rad", "spring of the hinge limits"),
        real("limit_damping", damping, 0, 1e6, "N m s/rad", "damper of the hinge limits"),
        real("limit_width", width, 1e-3, 1, "rad", "angle over which a hinge limit fades in"));
  }

  /**
   * The course of an episode.
   *
   * @param dt control step, s
   * @param substeps integrator steps in a control step
   * @param horizon control steps in an episode
   */
  public record Course(double dt, int substeps, int horizon) {
    /** Length of an integrator step, s. */
    public double h() {
      return dt / substeps;
    }
  }

  /**
   * Declares the course of an episode.
   *
   * @param dt default of the control step, s
   * @param longestDt longest control step allowed, s
   * @param substeps default number of integrator steps in a control step
   * @param horizon default number of control steps in an episode
   */
  public Course course(double dt, double longestDt, int substeps, int horizon) {
    return new Course(
        real("dt", dt, 1e-4, longestDt, "s", "control step"),
        whole("substeps", substeps, 1, 1000, "", "integrator steps in a control step"),
        whole("horizon", horizon, 1, 100_000, "", "control steps in an episode"));
  }

  /** Declares the noise of initial states, by default 0.01. */
  public double initialStd() {
    return real(
        "initial_std",
        0.01,
        0,
        1,
        "",
        "standard deviation of initial angles (rad) and of all velocities (m/s, rad/s)");
  }

  private double declare(
      String name,
      double defaultValue,
      double lower,
      double upper,
      boolean integer,
      String unit,
      String what) {
    double value = overrides.getOrDefault(name, defaultValue) + 0.0; // no negative zero
    if (!(value >= lower && value <= upper) || (integer && value != Math.rint(value))) {
      String range = "from " + number(lower, integer) + " to " + number(upper, integer);
      throw new ParameterException(
          name, number(value, integer), (integer ? "a whole number " : "a number ") + range);
    }
    declared.put(
        name,
        new EnvironmentSpec.Parameter(
            name, value, defaultValue, lower, upper, integer, unit, what));
    return value;
  }

  private static String number(double value, boolean integer) {
    return integer && value == (long) value ? Long.toString((long) value) : Double.toString(value);
  }

  /**
   * All that was declared.
   *
   * @throws ParameterException if an override names none of them
   */
  List<EnvironmentSpec.Parameter> all() {
    for (Map.Entry<String, Double> override : overrides.entrySet()) {
      if (!declared.containsKey(override.getKey())) {
        throw new ParameterException(
            override.getKey(),
            override.getValue().toString(),
            "the parameters are " + String.join(", ", declared.keySet()));
      }
    }
    return new ArrayList<>(declared.values());
  }
}
