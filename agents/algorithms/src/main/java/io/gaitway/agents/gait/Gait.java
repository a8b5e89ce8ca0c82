package io.gaitway.agents.gait;

/**
 * The parameters of a {@link Simbicon} walk. A step has two phases, in which the swing leg goes
 * forward and then reaches for the ground; left and right mirror each other.
 *
 * @param swing targets while the swing leg goes forward
 * @param landing targets until it touches the ground
 * @param swingDuration duration of the first phase, s
 * @param torsoLean angle of the torso from the vertical, forward positive, rad
 * @param hip gains of the swing hip, on the thigh's angle from the vertical
 * @param knee gains of both knees
 * @param ankle gains of both ankles
 * @param torso gains of the torso's angle from the vertical
 */
public record Gait(
    Phase swing,
    Phase landing,
    double swingDuration,
    double torsoLean,
    Gains hip,
    Gains knee,
    Gains ankle,
    Gains torso) {

  /** Number of parameters. */
  public static final int SIZE = 24;

  private static final int PHASE = 7;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException naming the number, its value and what is allowed
   */
  public Gait {
    requirePositive("swing_duration", swingDuration);
    requireFinite("torso_lean", torsoLean);
  }

  private static void requireFinite(String name, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite, but is " + value);
    }
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be finite and more than 0, but is " + value);
    }
  }

  /**
   * Targets of one phase, rad. Angles of joints are those of the state: positive bends the hip and
   * the ankle forward and up, negative bends the knee.
   *
   * @param swingHip angle of the swing thigh from the vertical, before feedback
   * @param swingKnee swing knee
   * @param swingAnkle swing ankle
   * @param stanceKnee stance knee
   * @param stanceAnkle stance ankle
   * @param distanceGain added to swingHip per metre that the hip is ahead of the stance ankle,
   *     rad/m
   * @param speedGain added to swingHip per m/s of the hip's speed, rad s/m
   */
  public record Phase(
      double swingHip,
      double swingKnee,
      double swingAnkle,
      double stanceKnee,
      double stanceAnkle,
      double distanceGain,
      double speedGain) {
    /** Checks the numbers, as {@link Gait} does. */
    public Phase {
      requireFinite("swing_hip", swingHip);
      requireFinite("swing_knee", swingKnee);
      requireFinite("swing_ankle", swingAnkle);
      requireFinite("stance_knee", stanceKnee);
      requireFinite("stance_ankle", stanceAnkle);
      requireFinite("distance_gain", distanceGain);
      requireFinite("speed_gain", speedGain);
    }
  }

  /**
   * Gains of a proportional-derivative controller.
   *
   * @param kp N m/rad
   * @param kd N m s/rad
   */
  public record Gains(double kp, double kd) {
    /** Checks the numbers, as {@link Gait} does. */
    public Gains {
      requirePositive("kp", kp);
      requirePositive("kd", kd);
    }
  }

  /**
   * All parameters in the order of declaration; gains as logarithms, so that they stay positive.
   */
  double[] toVector() {
    double[] v = new double[SIZE];
    put(swing, v, 0);
    put(landing, v, PHASE);
    int at = 2 * PHASE;
    v[at++] = StrictMath.log(swingDuration);
    v[at++] = torsoLean;
    for (Gains gains : new Gains[] {hip, knee, ankle, torso}) {
      v[at++] = StrictMath.log(gains.kp());
      v[at++] = StrictMath.log(gains.kd());
    }
    return v;
  }

  private static void put(Phase phase, double[] v, int at) {
    v[at] = phase.swingHip();
    v[at + 1] = phase.swingKnee();
    v[at + 2] = phase.swingAnkle();
    v[at + 3] = phase.stanceKnee();
    v[at + 4] = phase.stanceAnkle();
    v[at + 5] = phase.distanceGain();
    v[at + 6] = phase.speedGain();
  }

  /** The inverse of {@link #toVector}. */
  static Gait fromVector(double[] v) {
    int at = 2 * PHASE;
    return new Gait(
        phase(v, 0),
        phase(v, PHASE),
        StrictMath.exp(v[at]),
        v[at + 1],
        gains(v, at + 2),
        gains(v, at + 4),
        gains(v, at + 6),
        gains(v, at + 8));
  }

  private static Phase phase(double[] v, int at) {
    return new Phase(v[at], v[at + 1], v[at + 2], v[at + 3], v[at + 4], v[at + 5], v[at + 6]);
  }

  private static Gains gains(double[] v, int at) {
    return new Gains(StrictMath.exp(v[at]), StrictMath.exp(v[at + 1]));
  }
}
