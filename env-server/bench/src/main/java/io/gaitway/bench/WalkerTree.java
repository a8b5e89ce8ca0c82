package io.gaitway.bench;

import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.List;

/**
 * The bare tree of Gymnasium's {@code walker2d_v5.xml}: armature, but no damping, limits or ground.
 * The same tree that the peers build for Pinocchio.
 */
final class WalkerTree {
  private static final double DENSITY = 1000;
  private static final double ARMATURE = 0.01;

  private WalkerTree() {}

  /** The model. */
  static PlanarModel model() {
    List<Link> links = new ArrayList<>();
    Capsule torso = new Capsule(new Vec2(0, -0.2), new Vec2(0, 0.2), 0.05);
    links.add(link("torso", -1, -1, Vec2.ZERO, torso, 0));
    for (String side : List.of("right", "left")) {
      int first = links.size();
      Capsule thigh = new Capsule(Vec2.ZERO, new Vec2(0, -0.45), 0.05);
      Capsule leg = new Capsule(Vec2.ZERO, new Vec2(0, -0.5), 0.04);
      Capsule foot = new Capsule(Vec2.ZERO, new Vec2(0.2, 0), 0.06);
      links.add(link(side + " thigh", 0, 1, new Vec2(0, -0.2), thigh, ARMATURE));
      links.add(link(side + " leg", first, 1, new Vec2(0, -0.45), leg, ARMATURE));
      links.add(link(side + " foot", first + 1, 1, new Vec2(0, -0.5), foot, ARMATURE));
    }
    return new PlanarModel(links, new Vec2(0, -9.81));
  }

  private static Link link(
      String name, int parent, int axis, Vec2 hinge, Capsule shape, double armature) {
    Joint joint = Joint.FREE.withArmature(armature);
    return Link.capsule(name, parent, axis, hinge, shape, DENSITY, joint);
  }
}
