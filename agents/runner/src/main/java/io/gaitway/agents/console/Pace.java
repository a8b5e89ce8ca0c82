package io.gaitway.agents.console;

/** How long a unit of work takes, by what the last ones took. */
public final class Pace {
  /** Weight of the unit just done against all before it. */
  private static final double SMOOTHING = 0.2;

  private double seconds = Double.NaN;

  /** A pace of which nothing is known. */
  public Pace() {}

  /** Units were done, in so many seconds each. */
  public void took(double secondsEach) {
    seconds =
        Double.isNaN(seconds) ? secondsEach : SMOOTHING * secondsEach + (1 - SMOOTHING) * seconds;
  }

  /** What so many units will take, s; NaN as long as none has been done. */
  public double secondsFor(double units) {
    return units * seconds;
  }

  /**
   * Says how much longer it takes, such as {@code 1 min 20 s left}, or how long all of it took.
   *
   * @param units those that are left
   * @param elapsedSeconds what the others took, s
   */
  public String left(double units, double elapsedSeconds) {
    return units == 0
        ? "done in " + Quantities.duration(elapsedSeconds)
        : Quantities.duration(secondsFor(units)) + " left";
  }
}
