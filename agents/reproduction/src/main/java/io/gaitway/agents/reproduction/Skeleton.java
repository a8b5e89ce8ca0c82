package io.gaitway.agents.reproduction;

import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a robot's links are in a state.
 *
 * @param geometry the links, parents before their children
 */
record Skeleton(List<LinkGeometry> geometry) {

  /** A place, m. */
  record Point(double x, double y) {}

  /** A link's segment and its radius, m. */
  record Capsule(Point from, Point to, double radius) {}

  private record Frame(double x, double y, double angle) {
    Point place(double px, double py) {
      double c = Math.cos(angle);
      double s = Math.sin(angle);
      return new Point(x + c * px - s * py, y + s * px + c * py);
    }
  }

  private List<Frame> frames(double[] state) {
    List<Frame> frames = new ArrayList<>();
    for (LinkGeometry link : geometry) {
      Frame parent = link.parent() < 0 ? new Frame(0, 0, 0) : frames.get(link.parent());
      Point hinge =
          parent.place(link.hingeX() + link.slideX(state), link.hingeY() + link.slideY(state));
      frames.add(new Frame(hinge.x(), hinge.y(), parent.angle() + link.angle(state)));
    }
    return frames;
  }

  /** The links. */
  List<Capsule> capsules(double[] state) {
    List<Frame> frames = frames(state);
    List<Capsule> capsules = new ArrayList<>();
    for (int i = 0; i < geometry.size(); i++) {
      LinkGeometry link = geometry.get(i);
      Frame frame = frames.get(i);
      capsules.add(
          new Capsule(
              frame.place(link.fromX(), link.fromY()),
              frame.place(link.toX(), link.toY()),
              link.radius()));
    }
    return capsules;
  }

  /** The centre of mass. */
  Point centre(double[] state) {
    List<Frame> frames = frames(state);
    double mass = 0;
    double x = 0;
    double y = 0;
    for (int i = 0; i < geometry.size(); i++) {
      LinkGeometry link = geometry.get(i);
      Point point = frames.get(i).place(link.comX(), link.comY());
      mass += link.mass();
      x += link.mass() * point.x();
      y += link.mass() * point.y();
    }
    return new Point(x / mass, y / mass);
  }
}
