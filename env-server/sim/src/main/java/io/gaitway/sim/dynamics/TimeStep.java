package io.gaitway.sim.dynamics;

/**
 * An integrator step in time: its length h and the instant at which the configuration is taken,
 *
 * <pre>
 *   q_c = q + before q̇        q⁺ = q_c + after q̇⁺        before + after = h
 * </pre>
 *
 * <p>Inertia, velocity products and what the forces take of the positions belong to q_c. At the
 * step's start ({@link #euler}) this is semi-implicit Euler; in its middle ({@link #midpoint}) free
 * fall is exact, and only velocity products and what acts by way of q̇⁺ leave an error of first
 * order.
 *
 * @param h length, s; zero for an instant
 * @param before from the step's start to the configuration, s
 */
public record TimeStep(double h, double before) {
  /** No step at all: the motion at an instant. */
  static final TimeStep INSTANT = new TimeStep(0, 0);

  /** Checks the numbers. */
  public TimeStep {
    if (!(h >= 0 && h < Double.POSITIVE_INFINITY && before >= 0 && before <= h)) {
      throw new IllegalArgumentException(
          "h must be finite and before between 0 and h, but h is %s s and before %s s"
              .formatted(h, before));
    }
  }

  /** A step of length {@code h} > 0, s, with the configuration of its start. */
  public static TimeStep euler(double h) {
    return new TimeStep(h, 0);
  }

  /** A step of length {@code h} > 0, s, with the configuration of its middle. */
  public static TimeStep midpoint(double h) {
    return new TimeStep(h, h / 2);
  }

  /** From the configuration to the step's end, s. */
  public double after() {
    return h - before;
  }

  /** The method's name. */
  public String method() {
    return before == 0 ? "implicit-in-velocity Euler" : "implicit-in-velocity midpoint";
  }
}
