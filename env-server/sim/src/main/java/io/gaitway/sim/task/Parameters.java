package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.dynamics.JointLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The numbers that creating an environment can override, in the order they were declared: each is
 * checked against its range, and against others where {@link #require} says so, and kept with its
 * description.
 */
public final class Parameters {
  /** Name of the width over which a hinge limit fades in, rad. */
  static final String LIMIT_WIDTH = "limit_width";

  /** Begins the conditions in a description. */
  private static final String REQUIRED = "; required: ";

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
   * A robot whose hinges' ranges are parameters too {@linkplain #require requires} that each is at
   * least twice as wide as {@code limit_width}.
   */
  public JointLimits jointLimits(double stiffness, double damping, double width) {
    return new JointLimits(
        real("limit_stiffness", stiffness, 0, 1e7, "N m/rad", "spring of the hinge limits"),
        real("limit_damping", damping, 0, 1e6, "N m s/rad", "damper of the hinge limits"),
        real(LIMIT_WIDTH, width, 1e-3, 1, "rad", "angle over which a hinge limit fades in"));
  }

  /**
   * Declares level ground; arguments are the defaults, as in {@link GroundContact}.
   *
   * @param height y of the ground, m; no parameter
   */
  public GroundContact ground(
      double stiffness,
      double width,
      double dissipation,
      double friction,
      double slip,
      double height) {
    return new GroundContact(
        real("ground_stiffness", stiffness, 1, 1e9, "N/m", "spring under each end of a link"),
        real("ground_width", width, 1e-5, 0.1, "m", "depth over which the spring fades in"),
        real(
            "ground_dissipation",
            dissipation,
            0,
            100,
            "s/m",
            "loss of the spring, per approach speed"),
        real("friction", friction, 0, 10, "", "Coulomb friction, force per normal force"),
        real("slip_speed", slip, 1e-5, 10, "m/s", "speed at which friction is fully developed"),
        height);
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
    return initialStd(0.01);
  }

  /** Declares the noise of initial states. */
  public double initialStd(double defaultValue) {
    return real(
        "initial_std",
        defaultValue,
        0,
        1,
        "",
        "standard deviation of initial angles (rad) and of all velocities (m/s, rad/s)");
  }

  /**
   * Refuses values that are each in range but do not go together, such as a hinge's range that is
   * narrower than its limits are soft. The condition is added to the description of every parameter
   * that it is about.
   *
   * @param holds whether the values in force fulfil the condition
   * @param condition in the parameters' names, such as {@code ankle_limit >= limit_width}
   * @param names the parameters, at least two, declared before
   * @throws ParameterException if it does not hold; of the parameter that was overridden, or of the
   *     first
   */
  public void require(boolean holds, String condition, String... names) {
    for (String name : names) {
      EnvironmentSpec.Parameter parameter = parameter(name);
      String separator = parameter.description().contains(REQUIRED) ? ", " : REQUIRED;
      declared.put(name, parameter.describedBy(parameter.description() + separator + condition));
    }
    if (!holds) {
      String refused =
          Arrays.stream(names).filter(overrides::containsKey).findFirst().orElse(names[0]);
      String others =
          Arrays.stream(names)
              .filter(name -> !name.equals(refused))
              .map(name -> name + " = " + number(parameter(name)))
              .collect(Collectors.joining(", "));
      throw new ParameterException(
          refused, number(parameter(refused)), "with " + others + ", it must be that " + condition);
    }
  }

  private EnvironmentSpec.Parameter parameter(String name) {
    EnvironmentSpec.Parameter parameter = declared.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "'" + name + "' is not declared; declared are " + declared.keySet());
    }
    return parameter;
  }

  private static String number(EnvironmentSpec.Parameter parameter) {
    return number(parameter.value(), parameter.integer());
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
    EnvironmentSpec.Parameter parameter =
        new EnvironmentSpec.Parameter(name, value, defaultValue, lower, upper, integer, unit, what);
    if (declared.putIfAbsent(name, parameter) != null) {
      throw new IllegalArgumentException("the parameter '" + name + "' is declared twice");
    }
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
