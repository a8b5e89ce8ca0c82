package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What surrounds the bodies: a file's {@code <option>} elements.
 *
 * @param timestep length of a step, s
 * @param gravity acceleration, m/s²; 0 where it is switched off
 * @param density of the medium, kg/m³
 * @param viscosity of the medium, Pa s
 * @param disabled what is switched off, by the names of its flags
 * @param disabledGroups groups of actuators that are switched off
 */
record WorldOptions(
    double timestep,
    Vec3 gravity,
    double density,
    double viscosity,
    Set<String> disabled,
    Set<Integer> disabledGroups) {
  /** Attributes that change no physics that is followed here. */
  private static final Set<String> SOLVER =
      Set.of(
          "impratio",
          "tolerance",
          "ls_tolerance",
          "noslip_tolerance",
          "ccd_tolerance",
          "sleep_tolerance",
          "o_margin",
          "o_solref",
          "o_solimp",
          "o_friction",
          "integrator",
          "cone",
          "jacobian",
          "solver",
          "iterations",
          "ls_iterations",
          "noslip_iterations",
          "ccd_iterations",
          "sdf_iterations",
          "sdf_initpoints");

  /** Reads the option elements; later ones override. */
  static WorldOptions read(List<Element> elements, Warnings warnings) {
    Settings settings = Settings.of("option");
    Set<String> disabled = new HashSet<>();
    for (Element element : elements) {
      settings.read(element);
      for (Element flag : element.children()) {
        flag.attributes()
            .forEach(
                (name, value) -> {
                  if (value.equals("disable")) {
                    disabled.add(name);
                  } else {
                    disabled.remove(name);
                  }
                });
      }
      warn(element, warnings);
    }
    double timestep = settings.number("timestep");
    if (!(timestep > 0)) {
      throw elements.get(elements.size() - 1).place().refuse("the timestep must be positive");
    }
    double density = settings.number("density");
    double viscosity = settings.number("viscosity");
    if (!(density >= 0 && viscosity >= 0)) {
      throw elements
          .get(elements.size() - 1)
          .place()
          .refuse("density and viscosity of the medium must not be negative");
    }
    if ((density > 0 || viscosity > 0) && settings.isNonZero("wind")) {
      throw elements
          .get(elements.size() - 1)
          .place()
          .refuse("wind is not supported: the medium rests; remove 'wind'");
    }
    Set<Integer> groups = new HashSet<>();
    for (Element element : elements) {
      String value = element.get("actuatorgroupdisable");
      if (value != null && !value.isBlank()) {
        for (String group : value.strip().split("\\s+")) {
          groups.add(Integer.valueOf(group));
        }
      }
    }
    Vec3 gravity = disabled.contains("gravity") ? Vec3.ZERO : settings.vector("gravity");
    return new WorldOptions(
        timestep, gravity, density, viscosity, Set.copyOf(disabled), Set.copyOf(groups));
  }

  private static void warn(Element element, Warnings warnings) {
    List<String> solver = new ArrayList<>(element.attributes().keySet());
    solver.retainAll(SOLVER);
    if (!solver.isEmpty()) {
      warnings.add(
          element.place(),
          "settings of MuJoCo's solver: " + String.join(", ", solver),
          "Gaitway takes steps of its own and has contacts of its own");
    }
  }

  /** Whether something is switched off. */
  boolean isOff(String flag) {
    return disabled.contains(flag)
        || (disabled.contains("constraint")
            && Set.of("contact", "limit", "equality", "frictionloss").contains(flag));
  }
}
