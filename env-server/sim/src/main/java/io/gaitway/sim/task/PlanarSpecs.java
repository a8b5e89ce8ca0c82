package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The parts of an {@link EnvironmentSpec} that follow from a planar model. */
final class PlanarSpecs {
  private PlanarSpecs() {}

  /** The names that coordinates have if nobody says another. */
  static List<String> coordinates(PlanarModel model) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < model.nv(); c++) {
      int link = model.linkOf(c);
      names.add(
          c == model.slideX()
              ? "root_x"
              : c == model.slideY()
                  ? "root_y"
                  : (link == 0 ? "root" : model.link(link).name().replace(' ', '_')) + "_angle");
    }
    return names;
  }

  /** State entries: the coordinates, then their rates under the same names. */
  static List<EnvironmentSpec.StateEntry> state(PlanarModel model, List<String> coordinates) {
    double free = Double.POSITIVE_INFINITY;
    List<EnvironmentSpec.StateEntry> entries = new ArrayList<>();
    for (int c = 0; c < model.nv(); c++) {
      Joint joint = model.joint(c);
      boolean angle = !model.isSlide(c);
      entries.add(
          new EnvironmentSpec.StateEntry(
              coordinates.get(c), angle ? "rad" : "m", angle, joint.lower(), joint.upper()));
    }
    for (int c = 0; c < model.nv(); c++) {
      String name = coordinates.get(c).replaceFirst("_angle$", "") + "_velocity";
      String unit = model.isSlide(c) ? "m/s" : "rad/s";
      entries.add(new EnvironmentSpec.StateEntry(name, unit, false, -free, free));
    }
    return entries;
  }

  static List<EnvironmentSpec.LinkGeometry> geometry(PlanarModel model) {
    List<EnvironmentSpec.LinkGeometry> result = new ArrayList<>();
    for (int i = 0; i < model.size(); i++) {
      Link link = model.link(i);
      result.add(
          new EnvironmentSpec.LinkGeometry(
              link.name(),
              link.parent(),
              i == 0 ? model.slideX() : -1,
              i == 0 ? model.slideY() : -1,
              model.hinge(i),
              link.axis(),
              link.hinge().x(),
              link.hinge().y(),
              link.angle(),
              link.shapes(),
              link.mass(),
              link.com().x(),
              link.com().y()));
    }
    return result;
  }

  /** The spheres of a model that can touch the ground, in {@link GroundContact}'s order. */
  static List<EnvironmentSpec.ContactPoint> contactPoints(PlanarModel model) {
    return GroundContact.spheres(model).stream()
        .map(
            sphere ->
                new EnvironmentSpec.ContactPoint(
                    sphere.link(), sphere.centre().x(), sphere.centre().y(), sphere.radius()))
        .toList();
  }

  /** SHA-256 (hex) over name, version and the exact value of every parameter. */
  static String digest(String id, String version, List<EnvironmentSpec.Parameter> parameters) {
    StringBuilder text = new StringBuilder(id).append('\n').append(version).append('\n');
    for (EnvironmentSpec.Parameter parameter : parameters) {
      text.append(parameter.name())
          .append('=')
          .append(Double.toHexString(parameter.value()))
          .append('\n');
    }
    try {
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
