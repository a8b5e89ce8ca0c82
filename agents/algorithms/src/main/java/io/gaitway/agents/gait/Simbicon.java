package io.gaitway.agents.gait;

import io.gaitway.client.simulation.EnvironmentInfo;

/**
 * A walking controller in the manner of SIMBICON (Yin, Loken and van de Panne 2007): a machine of
 * four states, two phases for each stance leg, with a pose for each.
 *
 * <p>Knees and ankles, and the swing thigh against the vertical, follow the pose by
 * proportional-derivative control; so does the torso against the vertical, by the stance hip: its
 * torque is −τ_torso − τ_swing hip, so that the torso gets τ_torso. The swing thigh's target is θ +
 * c_d d + c_v v with d the hip's lead over the stance ankle and v the hip's speed. The first phase
 * ends after its duration, the second when the swing foot touches the ground, or after 0.6 s.
 */
public final class Simbicon {
  /** A foot this close to the ground has landed, m. */
  private static final double LANDED = 0.003;

  /** Longest second phase, s. */
  private static final double LONGEST_LANDING = 0.6;

  private final Biped biped;
  private final double dt;
  private final Gait gait;
  private int stance;
  private boolean landing;
  private int phaseSteps;
  private int changes;

  /**
   * A controller that begins to swing leg 1 on leg 0.
   *
   * @throws IllegalArgumentException if the environment is not a biped
   */
  public Simbicon(EnvironmentInfo environment, Gait gait) {
    this(new Biped(environment), environment.dt(), gait);
  }

  Simbicon(Biped biped, double dt, Gait gait) {
    this.biped = biped;
    this.dt = dt;
    this.gait = gait;
  }

  /**
   * Checks that a gait can be walked in an environment.
   *
   * @throws IllegalArgumentException if the environment is not a biped
   */
  public static void requireBiped(EnvironmentInfo environment) {
    Biped.require(environment);
  }

  /** How often the stance leg has changed. */
  public int changes() {
    return changes;
  }

  /**
   * Torques for the state at {@code x[at …]}; call once per control step. They may exceed the
   * environment's bounds.
   *
   * @param u receives the torques at {@code uAt}, N m
   */
  public void act(double[] x, int at, double[] u, int uAt) {
    advance(x, at);
    int swinging = 1 - stance;
    Gait.Phase pose = landing ? gait.landing() : gait.swing();
    double target =
        pose.swingHip()
            + pose.distanceGain() * biped.hipAheadOfAnkle(x, at, stance)
            + pose.speedGain() * biped.speed(x, at);
    double swingHip =
        torque(
            gait.hip(),
            target - biped.thighAngle(x, at, swinging),
            biped.thighRate(x, at, swinging));
    double torso =
        torque(gait.torso(), -gait.torsoLean() - biped.torsoAngle(x, at), biped.torsoRate(x, at));
    u[uAt + Biped.action(swinging, Biped.HIP)] = swingHip;
    u[uAt + Biped.action(stance, Biped.HIP)] = -torso - swingHip;
    follow(x, at, swinging, Biped.KNEE, pose.swingKnee(), gait.knee(), u, uAt);
    follow(x, at, swinging, Biped.ANKLE, pose.swingAnkle(), gait.ankle(), u, uAt);
    follow(x, at, stance, Biped.KNEE, pose.stanceKnee(), gait.knee(), u, uAt);
    follow(x, at, stance, Biped.ANKLE, pose.stanceAnkle(), gait.ankle(), u, uAt);
    phaseSteps++;
  }

  private void advance(double[] x, int at) {
    double elapsed = phaseSteps * dt;
    if (!landing && elapsed >= gait.swingDuration()) {
      landing = true;
      phaseSteps = 0;
    } else if (landing
        && (elapsed >= LONGEST_LANDING || biped.clearance(x, at, 1 - stance) < LANDED)) {
      landing = false;
      phaseSteps = 0;
      stance = 1 - stance;
      changes++;
    }
  }

  private void follow(
      double[] x,
      int at,
      int leg,
      int joint,
      double target,
      Gait.Gains gains,
      double[] u,
      int uAt) {
    u[uAt + Biped.action(leg, joint)] =
        torque(
            gains,
            target - biped.jointAngle(x, at, leg, joint),
            biped.jointRate(x, at, leg, joint));
  }

  private static double torque(Gait.Gains gains, double error, double rate) {
    return gains.kp() * error - gains.kd() * rate;
  }
}
