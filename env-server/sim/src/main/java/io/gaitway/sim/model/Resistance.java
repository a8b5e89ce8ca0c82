package io.gaitway.sim.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds what would move without inertia: the mass matrix in absolute coordinates (the root's place,
 * then every link's angle) of a pose without symmetries, eliminated from the leaves to the root as
 * the dynamics eliminate it.
 */
final class Resistance {
  /** A pivot smaller than this part of its coordinate's inertia is round-off. */
  private static final double ROUND_OFF = 1e-12;

  private final Root root;
  private final List<Link> links;
  private final double[][] inertia;

  private Resistance(Root root, List<Link> links) {
    this.root = root;
    this.links = links;
    int n = 2 + links.size();
    inertia = new double[n][n];
    for (int i = 0; i < links.size(); i++) {
      addBody(i);
      addRotor(i);
    }
    inertia[0][0] += armature(root.x());
    inertia[1][1] += armature(root.y());
  }

  /**
   * Checks that a tree's mass matrix is positive definite.
   *
   * @throws IllegalArgumentException naming the link that moves without inertia
   */
  static void check(Root root, List<Link> links) {
    int link = new Resistance(root, links).unresisted();
    if (link >= 0) {
      throw new IllegalArgumentException(
          "the link '%s' moves without inertia: it needs mass and inertia, its own or of links that it carries away from its hinge, or armature"
              .formatted(links.get(link).name()));
    }
  }

  private static double armature(@Nullable Joint joint) {
    return joint == null ? 0 : joint.armature();
  }

  /** What a link's mass and inertia add, by the velocity of its centre per rate. */
  private void addBody(int i) {
    double[][] velocity = new double[inertia.length][];
    velocity[0] = new double[] {1, 0};
    velocity[1] = new double[] {0, 1};
    Vec2 offset = links.get(i).com();
    for (int k = i; k >= 0; k = links.get(k).parent()) {
      Vec2 lever = new Vec2(-offset.y(), offset.x()).turned(pose(k));
      velocity[2 + k] = new double[] {lever.x(), lever.y()};
      offset = links.get(k).hinge();
    }
    for (int r = 0; r < inertia.length; r++) {
      for (int c = 0; c < inertia.length; c++) {
        if (velocity[r] != null && velocity[c] != null) {
          inertia[r][c] +=
              links.get(i).mass()
                  * (velocity[r][0] * velocity[c][0] + velocity[r][1] * velocity[c][1]);
        }
      }
    }
    inertia[2 + i][2 + i] += links.get(i).inertia();
  }

  /** A rotor turns with the hinge: by the link's angle less its parent's. */
  private void addRotor(int i) {
    double armature = links.get(i).joint().armature();
    int parent = links.get(i).parent();
    inertia[2 + i][2 + i] += armature;
    if (parent >= 0) {
      inertia[2 + parent][2 + parent] += armature;
      inertia[2 + i][2 + parent] -= armature;
      inertia[2 + parent][2 + i] -= armature;
    }
  }

  private static double pose(int link) {
    return 1 + 0.7 * link + 0.3 * link * link;
  }

  private boolean moves(int coordinate) {
    return switch (coordinate) {
      case 0 -> root.slidesX();
      case 1 -> root.slidesY();
      case 2 -> root.turns();
      default -> true;
    };
  }

  /** The first link, from the leaves, whose coordinate has no inertia; −1 if there is none. */
  private int unresisted() {
    for (int p = inertia.length - 1; p >= 0; p--) {
      if (!moves(p)) {
        continue;
      }
      double pivot = inertia[p][p];
      if (!(pivot > ROUND_OFF * (pivot + spent(p)))) {
        return Math.max(0, p - 2);
      }
      for (int r = 0; r < p; r++) {
        for (int c = 0; c < p; c++) {
          inertia[r][c] -= inertia[r][p] * inertia[p][c] / pivot;
        }
      }
    }
    return -1;
  }

  /** What elimination took from a coordinate's own inertia. */
  private double spent(int p) {
    double sum = 0;
    for (int k = p + 1; k < inertia.length; k++) {
      if (moves(k)) {
        sum += inertia[p][k] * inertia[k][p] / inertia[k][k];
      }
    }
    return sum;
  }
}
