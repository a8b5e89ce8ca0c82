package io.gaitway.sim.model;

import java.util.ArrayList;
import java.util.List;

/**
 * A tree of hinged links in a plane, on a root that moves as {@link Root} says. The generalised
 * coordinates are those of the root that move, in the order x, y, angle, then one hinge angle per
 * further link in order.
 *
 * @param root how link 0 moves
 * @param links in order, parents before children
 * @param gravity acceleration of gravity, m/s²
 */
public record PlanarModel(Root root, List<Link> links, Vec2 gravity) {

  /**
   * Checks that the links form a tree with link 0 as the only root, that something moves, and that
   * what moves has inertia.
   */
  public PlanarModel {
    links = List.copyOf(links);
    if (links.isEmpty()) {
      throw new IllegalArgumentException("a model needs at least one link");
    }
    for (int i = 0; i < links.size(); i++) {
      int parent = links.get(i).parent();
      if (i == 0 ? parent != -1 : parent < 0 || parent >= i) {
        throw new IllegalArgumentException(
            "link " + i + " (" + links.get(i).name() + ") has parent " + parent);
      }
    }
    Link first = links.get(0);
    if (!root.turns() && !first.joint().equals(Joint.FREE)) {
      throw new IllegalArgumentException(
          "the root '"
              + first.name()
              + "' does not turn: its hinge must have no armature, damping, spring or limits");
    }
    if (!root.moves() && links.size() == 1) {
      throw new IllegalArgumentException("a fixed root needs a link that moves");
    }
    Resistance.check(root, links);
  }

  /** A model whose root is free in the plane: nv = 2 + links. */
  public PlanarModel(List<Link> links, Vec2 gravity) {
    this(Root.FLOATING, links, gravity);
  }

  /** Number of links. */
  public int size() {
    return links.size();
  }

  /** Number of generalised velocities (and coordinates). */
  public int nv() {
    return firstHinge() + links.size() - 1;
  }

  /** How many coordinates are the root's; the hinges of further links follow. */
  private int firstHinge() {
    return slides() + (root.turns() ? 1 : 0);
  }

  private int slides() {
    return (root.slidesX() ? 1 : 0) + (root.slidesY() ? 1 : 0);
  }

  /** Coordinate of the root's slide along x; −1 if it has none. */
  public int slideX() {
    return root.slidesX() ? 0 : -1;
  }

  /** Coordinate of the root's slide along y; −1 if it has none. */
  public int slideY() {
    return root.slidesY() ? slides() - 1 : -1;
  }

  /** Coordinate of the hinge of link {@code i}; −1 for a root that does not turn. */
  public int hinge(int i) {
    if (i > 0) {
      return firstHinge() + i - 1;
    }
    return root.turns() ? slides() : -1;
  }

  /** The link that a coordinate moves against its parent; 0 for the root's slides. */
  public int linkOf(int coordinate) {
    return Math.max(0, coordinate - firstHinge() + 1);
  }

  /** The joint of a coordinate. */
  public Joint joint(int coordinate) {
    Joint slide = coordinate == slideX() ? root.x() : coordinate == slideY() ? root.y() : null;
    return slide != null ? slide : link(linkOf(coordinate)).joint();
  }

  /** Angle of link {@code i}'s frame where all coordinates are 0, counter-clockwise, rad. */
  public double restAngle(int i) {
    int parent = links.get(i).parent();
    return (parent < 0 ? 0 : restAngle(parent)) + links.get(i).angle();
  }

  /** Whether a coordinate is a place, m, and not an angle, rad. */
  public boolean isSlide(int coordinate) {
    return coordinate < slides();
  }

  /**
   * Index of the link of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public int index(String name) {
    for (int i = 0; i < links.size(); i++) {
      if (links.get(i).name().equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "there is no link '"
            + name
            + "'; the links are "
            + String.join(", ", links.stream().map(Link::name).toList()));
  }

  /** Link {@code i}. */
  public Link link(int i) {
    return links.get(i);
  }

  /** The links from the root to link {@code i}, both included. */
  public List<Integer> path(int i) {
    List<Integer> path = new ArrayList<>();
    for (int k = i; k >= 0; k = links.get(k).parent()) {
      path.add(0, k);
    }
    return path;
  }

  /**
   * The offset, in link {@code k}'s frame, that link k adds on the way from the root to {@code
   * point} of link {@code i}: to the next hinge on the path for k ≠ i, to the point itself for k =
   * i.
   */
  public Vec2 offset(int k, int i, Vec2 point) {
    if (k == i) {
      return point;
    }
    List<Integer> path = path(i);
    int at = path.indexOf(k);
    if (at < 0) {
      throw new IllegalArgumentException("link " + k + " is not on the path to link " + i);
    }
    return links.get(path.get(at + 1)).hinge();
  }

  /** Total mass, kg. */
  public double mass() {
    return links.stream().mapToDouble(Link::mass).sum();
  }
}
