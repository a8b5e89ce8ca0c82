package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;

/** The parts of an {@link EnvironmentSpec} that follow from a planar model. */
final class PlanarSpecs {
  private PlanarSpecs() {}

  /** State entries: root position and hinge angles, then their rates under the same names. */
  static List<EnvironmentSpec.StateEntry> state(PlanarModel model, IntFunction<String> angleName) {
    double free = Double.POSITIVE_INFINITY;
    List<EnvironmentSpec.StateEntry> entries = new ArrayList<>();
    entries.add(new EnvironmentSpec.StateEntry("root_x", "m", false, -free, free));
    entries.add(new EnvironmentSpec.StateEntry("root_y", "m", false, -free, free));
    for (int i = 0; i < model.size(); i++) {
      Link link = model.link(i);
      entries.add(
          new EnvironmentSpec.StateEntry(
              angleName.apply(i), "rad", true, link.lower(), link.upper()));
    }
    for (int i = 0; i < model.nv(); i++) {
      String name = entries.get(i).name().replaceFirst("_angle$", "") + "_velocity";
      entries.add(
          new EnvironmentSpec.StateEntry(name, i < 2 ? "m/s" : "rad/s", false, -free, free));
    }
    return entries;
  }

  static EnvironmentSpec.ActionEntry torque(String name, double limit) {
    return new EnvironmentSpec.ActionEntry(name, "N m", -limit, limit);
  }

  /** Straight and at rest at the origin; angles and rates spread by {@code std}. */
  static EnvironmentSpec.InitialState atRest(PlanarModel model, double std) {
    int nx = 2 * model.nv();
    List<Double> spread = new ArrayList<>(Collections.nCopies(nx, std));
    spread.set(0, 0.0);
    spread.set(1, 0.0);
    return new EnvironmentSpec.InitialState(Collections.nCopies(nx, 0.0), spread);
  }

  static List<EnvironmentSpec.LinkGeometry> geometry(PlanarModel model) {
    List<EnvironmentSpec.LinkGeometry> result = new ArrayList<>();
    for (int i = 0; i < model.size(); i++) {
      Link link = model.link(i);
      Capsule shape = link.shape();
      result.add(
          new EnvironmentSpec.LinkGeometry(
              link.name(),
              link.parent(),
              2 + i,
              link.axis(),
              link.hinge().x(),
              link.hinge().y(),
              shape.from().x(),
              shape.from().y(),
              shape.to().x(),
              shape.to().y(),
              shape.radius(),
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
