package io.gaitway.agents.gait;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import java.util.List;

/**
 * Where a biped's feet are: angles and points of its links in the world, from the geometry in its
 * spec. Two legs of thigh, leg and foot hang on the hip, which is the root.
 */
final class Biped {
  /** Legs, by number. */
  static final int LEGS = 2;

  /** Joints of a leg. */
  static final int HIP = 0;

  static final int KNEE = 1;
  static final int ANKLE = 2;

  static final int JOINTS = 3;

  private final int nv;
  private final List<LinkGeometry> links;

  /**
   * Reads the geometry.
   *
   * @throws IllegalArgumentException if the environment is not such a biped
   */
  Biped(EnvironmentInfo environment) {
    require(environment);
    links = environment.geometry();
    nv = environment.nx() / 2;
  }

  /**
   * Checks the geometry.
   *
   * @throws IllegalArgumentException if the environment is not such a biped
   */
  static void require(EnvironmentInfo environment) {
    List<LinkGeometry> links = environment.geometry();
    boolean biped = links.size() == 1 + LEGS * JOINTS && environment.nu() == LEGS * JOINTS;
    biped &= biped && links.get(0).xIndex() >= 0 && links.get(0).yIndex() >= 0;
    biped &= biped && links.get(0).angleIndex() >= 0;
    for (int leg = 0; leg < LEGS && biped; leg++) {
      for (int joint = 0; joint < JOINTS; joint++) {
        LinkGeometry link = links.get(link(leg, joint));
        biped &= link.parent() == (joint == HIP ? 0 : link(leg, joint) - 1);
        biped &= joint != HIP || (link.hingeX() == 0 && link.hingeY() == 0);
        biped &= link.angle() == 0 && (joint != ANKLE || !link.shapes().isEmpty());
      }
    }
    if (!biped) {
      throw new IllegalArgumentException(
          "'"
              + environment.id()
              + "' is not a biped whose two legs of thigh, leg and foot hang on the root");
    }
  }

  private static int link(int leg, int joint) {
    return 1 + leg * JOINTS + joint;
  }

  /** Index of a joint's torque in the action. */
  static int action(int leg, int joint) {
    return leg * JOINTS + joint;
  }

  /** A joint's angle, rad. */
  double jointAngle(double[] x, int at, int leg, int joint) {
    return x[at + links.get(link(leg, joint)).angleIndex()];
  }

  /** A joint's rate, rad/s. */
  double jointRate(double[] x, int at, int leg, int joint) {
    return x[at + nv + links.get(link(leg, joint)).angleIndex()];
  }

  /** Angle of the torso from the vertical, counter-clockwise (backward), rad. */
  double torsoAngle(double[] x, int at) {
    return angle(x, at, 0);
  }

  /** Rate of the torso's angle, rad/s. */
  double torsoRate(double[] x, int at) {
    return angle(x, at + nv, 0);
  }

  /** Angle of a thigh from the vertical, forward positive, rad. */
  double thighAngle(double[] x, int at, int leg) {
    return angle(x, at, link(leg, HIP));
  }

  /** Rate of a thigh's angle, rad/s. */
  double thighRate(double[] x, int at, int leg) {
    return angle(x, at + nv, link(leg, HIP));
  }

  private double angle(double[] x, int at, int link) {
    double sum = 0;
    for (int k = link; k >= 0; k = links.get(k).parent()) {
      sum += links.get(k).axis() * x[at + links.get(k).angleIndex()];
    }
    return sum;
  }

  /** How far the hip is ahead of an ankle along x, m. */
  double hipAheadOfAnkle(double[] x, int at, int leg) {
    double ahead = 0;
    for (int joint = KNEE; joint <= ANKLE; joint++) {
      LinkGeometry link = links.get(link(leg, joint));
      double angle = angle(x, at, link.parent());
      ahead -= link.hingeX() * StrictMath.cos(angle) - link.hingeY() * StrictMath.sin(angle);
    }
    return ahead;
  }

  /** Clearance of a foot above level ground, m. */
  double clearance(double[] x, int at, int leg) {
    double y = x[at + links.get(0).yIndex()];
    for (int joint = KNEE; joint <= ANKLE; joint++) {
      LinkGeometry link = links.get(link(leg, joint));
      y += rise(link.hingeX(), link.hingeY(), angle(x, at, link.parent()));
    }
    EnvironmentInfo.Shape foot = links.get(link(leg, ANKLE)).shapes().get(0);
    double angle = angle(x, at, link(leg, ANKLE));
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < foot.points().size(); i += 2) {
      lowest = Math.min(lowest, rise(foot.points().get(i), foot.points().get(i + 1), angle));
    }
    return y + lowest - foot.radius();
  }

  private static double rise(double x, double y, double angle) {
    return x * StrictMath.sin(angle) + y * StrictMath.cos(angle);
  }

  /** The hip's place along x, m. */
  double place(double[] x, int at) {
    return x[at + links.get(0).xIndex()];
  }

  /** The hip's speed along x, m/s. */
  double speed(double[] x, int at) {
    return x[at + nv + links.get(0).xIndex()];
  }
}
