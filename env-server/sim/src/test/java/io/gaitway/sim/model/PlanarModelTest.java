package io.gaitway.sim.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a model may be made of. */
class PlanarModelTest {
  private static final Capsule ROD = new Capsule(Vec2.ZERO, new Vec2(0, -1), 0.05);

  @Test
  void aBodyMayHaveSeveralHinges() {
    PlanarModel model =
        new PlanarModel(
            Root.FLOATING,
            List.of(
                rod("base", -1, Joint.FREE),
                Link.massless("first", 0, 1, new Vec2(0, -1), Joint.FREE),
                Link.capsule("second", 1, 1, new Vec2(0.1, 0), ROD, 10, Joint.FREE)),
            Vec2.ZERO);
    assertEquals(5, model.nv());
    assertEquals(4, model.hinge(2));
  }

  @Test
  void whatMovesWithoutInertiaIsRefusedByName() {
    Link base = rod("base", -1, Joint.FREE);
    Link vane = Link.massless("vane", 0, 1, new Vec2(0, -1), Joint.FREE);
    refusedAsWeightless("vane", Root.FLOATING, base, vane);
    // Two hinges in one place turn against each other.
    Link twice = Link.capsule("twice", 1, 1, Vec2.ZERO, ROD, 10, Joint.FREE);
    refusedAsWeightless("vane", Root.FLOATING, base, vane, twice);
    refusedAsWeightless("vane", Root.FIXED, base, vane, twice);
    Link ghost = Link.massless("ghost", -1, 1, Vec2.ZERO, Joint.FREE);
    refusedAsWeightless("ghost", Root.RAIL_X, ghost, vane.withJoint(Joint.FREE.withArmature(1)));
    Link point =
        new Link(
            "point",
            -1,
            1,
            Vec2.ZERO,
            0,
            1,
            Vec2.ZERO,
            0,
            PlaneInertia.NONE,
            Joint.FREE,
            List.of());
    refusedAsWeightless("point", Root.FLOATING, point);
    model(new Root(true, true, false), point);
    model(Root.FLOATING, point.withJoint(Joint.FREE.withArmature(1e-3)));
    model(Root.FLOATING, base, vane.withJoint(Joint.FREE.withArmature(0.01)));
    model(Root.FLOATING, base, vane, twice.withJoint(Joint.FREE.withArmature(0.01)));
    model(Root.FIXED, ghost, vane, twice.withJoint(Joint.FREE.withArmature(0.01)));
    model(
        Root.RAIL_X.withSlides(Joint.FREE.withArmature(2)),
        ghost,
        vane.withJoint(Joint.FREE.withArmature(1)));
  }

  private static void refusedAsWeightless(String name, Root root, Link... links) {
    refused(
        "the link '"
            + name
            + "' moves without inertia: it needs mass and inertia, its own or of links that it"
            + " carries away from its hinge, or armature",
        () -> model(root, links));
  }

  private static PlanarModel model(Root root, Link... links) {
    return new PlanarModel(root, List.of(links), Vec2.ZERO);
  }

  @Test
  void everyCoordinateHasItsJoint() {
    Joint x = Joint.FREE.withArmature(1).withRange(-2, 3);
    Joint y = Joint.FREE.withSpring(5, 0.4);
    Joint turn = Joint.FREE.withDamping(0.3);
    PlanarModel model = model(new Root(x, y, true), rod("base", -1, turn), rod("next", 0, x));
    assertEquals(
        List.of(x, y, turn, x),
        List.of(model.joint(0), model.joint(1), model.joint(2), model.joint(3)));
    PlanarModel lift = model(new Root(null, y, false), rod("base", -1, Joint.FREE));
    assertEquals(y, lift.joint(0));
    assertTrue(x.isLimited());
  }

  @Test
  void numbersThatCannotBeAreRefused() {
    refused(
        "a joint's lower limit must be at most the upper, but they are 1.0 and 0.0",
        () -> Joint.FREE.withRange(1, 0));
    refused(
        "a joint needs armature, damping and stiffness >= 0 and a finite rest, but has 0.0, -1.0,"
            + " 0.0 and 0.0",
        () -> Joint.FREE.withDamping(-1));
    refused(
        "half the sides of a box must be positive, but are 1.0 and 0.0",
        () -> new Box(Vec2.ZERO, 1, 0, 0));
    refused(
        "the axis of inertia Vec2[x=1.0, y=1.0] is no unit vector",
        () -> new PlaneInertia(new Vec2(1, 1), 1, 1));
    refused(
        "rod: angle NaN must be finite", () -> rod("rod", -1, Joint.FREE).withAngle(Double.NaN));
  }

  @Test
  void shapesAreHullsOfTheirVertices() {
    Box box = new Box(new Vec2(1, 2), 0.5, 0.2, Math.PI / 2);
    List<Vec2> corners = box.vertices();
    double[][] expected = {{1.2, 1.5}, {1.2, 2.5}, {0.8, 2.5}, {0.8, 1.5}};
    for (int i = 0; i < 4; i++) {
      assertEquals(expected[i][0], corners.get(i).x(), 1e-15);
      assertEquals(expected[i][1], corners.get(i).y(), 1e-15);
    }
    assertEquals(0, box.radius());
    assertEquals(0.2, box.within().radius());
    assertEquals(0.6, box.within().length(), 1e-15);
    assertEquals(0, box.within().from().x() - box.within().to().x(), 1e-15);
    assertEquals(List.of(Vec2.ZERO), new Capsule(Vec2.ZERO, Vec2.ZERO, 1).vertices());
    assertEquals(ROD, ROD.within());
  }

  private static Link rod(String name, int parent, Joint joint) {
    return Link.capsule(name, parent, 1, Vec2.ZERO, ROD, 10, joint);
  }

  private static void refused(String message, Executable making) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, making).getMessage());
  }
}
