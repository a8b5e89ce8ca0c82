package io.gaitway.sim.model;

import java.util.ArrayList;
import java.util.List;

/**
 * A tree of hinged links on a floating root, in a plane. The generalised coordinates are the root's
 * position (x, y), then one hinge angle per link in order; nv = 2 + links.
 *
 * @param links in order, parents before children
 * @param rootArmature inertia added to each of the root's two slides, kg
 * @param gravity acceleration of gravity, m/s²
 */
public record PlanarModel(List<Link> links, double rootArmature, Vec2 gravity) {

  /** Checks that the links form a tree with link 0 as the only root. */
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
  }

  /** Number of links. */
  public int size() {
    return links.size();
  }

  /** Number of generalised velocities (and coordinates). */
  public int nv() {
    return 2 + links.size();
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
