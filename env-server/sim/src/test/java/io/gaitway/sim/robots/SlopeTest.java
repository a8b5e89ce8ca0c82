package io.gaitway.sim.robots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Extent;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Workspace;
import io.gaitway.sim.taskfile.FileEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Derivatives of control steps by parameters, against differences of the steps themselves. */
class SlopeTest {
  private static final double TOLERANCE = 1e-7;
  private static final int KNOTS = Extent.of(20);

  /**
   * Shifts of a parameter, as parts of it, for differences of fourth order: a longer one lets
   * little round-off show, a shorter one crosses few corners of contact and limits. At each knot
   * the best counts.
   */
  private static final List<Double> SHIFTS = List.of(0x1p-9, 0x1p-13, 0x1p-17);

  /** The same of one that steps change with in proportion, and little. */
  private static final Map<String, List<Double>> LONGER =
      Map.of("medium_viscosity", List.of(0x1p-4));

  /** Control steps before a knot. */
  private static final int LONGEST_RUN = 60;

  /**
   * What is differentiated; with numbers of the hopper's file that are no parameters as shipped.
   */
  record Case(
      EnvironmentProvider provider, Map<String, Double> overrides, List<String> parameters) {
    @Override
    public String toString() {
      return provider.id() + overrides;
    }
  }

  static Stream<Case> cases() throws IOException {
    return Stream.of(
        new Case(
            new Swimmer(),
            Map.of("joint_limit", 20.0),
            List.of(
                "link_length",
                "link_radius",
                "armature",
                "medium_density",
                "medium_viscosity",
                "joint_limit",
                "dt",
                "speed_weight")),
        new Case(
            new Walker(),
            Map.of("substeps", 2.0),
            List.of("mass_scale", "friction", "ground_width", "slip_speed")),
        new Case(
            hopper(),
            Map.of(),
            List.of(
                "torso_density",
                "foot_radius",
                "shank_end",
                "knee_height",
                "armature",
                "damping",
                "gear",
                "friction",
                "limit_stiffness",
                "target_speed")),
        new Case(hopper(), Map.of("damping", 0.0), List.of("damping")));
  }

  private static EnvironmentProvider hopper() throws IOException {
    String task =
        """
        parameters:
          torso_density: {robot: {element: geom, name: torso, attribute: density}, range: [1, 1e5]}
          foot_radius: {robot: {element: geom, name: foot, attribute: size}, range: [0.01, 0.1]}
          shank_end:
            robot: {element: geom, name: shank, attribute: fromto, index: 5}
            range: [-1, -0.1]
          knee_height: {robot: {element: body, name: shank, attribute: pos, index: 2}, range: [-1, -0.1]}
          armature: {robot: {element: joint, name: hip, attribute: armature}, range: [0, 1]}
          damping: {robot: {element: joint, name: hip, attribute: damping}, range: [0, 10]}
          gear: {robot: {element: motor, name: knee, attribute: gear}, range: [1, 1000]}
        """;
    String own =
        read("hopper.xml")
            .replace("name=\"torso\" fromto", "density=\"1000\" name=\"torso\" fromto")
            .replace("name=\"hip\" range", "armature=\"0.02\" damping=\"0.5\" name=\"hip\" range");
    return FileEnvironment.read(
        "hopper",
        "hopper.yaml",
        read("hopper.yaml").replace("parameters:\n", task),
        null,
        name -> new java.io.ByteArrayInputStream(own.getBytes(StandardCharsets.UTF_8)));
  }

  private static String read(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(Shipped.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void areThoseOfTheStep(Case c, TestReporter reporter) {
    Environment environment = c.provider().create(c.overrides());
    Workspace workspace = environment.newWorkspace();
    int nx = environment.spec().nx();
    List<Environment.Slope> slopes = new ArrayList<>();
    for (String parameter : c.parameters()) {
      slopes.add(environment.slope(parameter, value -> with(c, parameter, value)));
    }
    assertTrue(environment.slopeOperations(slopes) > environment.stepOperations());
    List<double[]> knots = knots(environment, workspace);
    int count = slopes.size();
    double[][] found = new double[knots.size()][nx * count];
    for (int n = 0; n < knots.size(); n++) {
      double[] knot = knots.get(n);
      assertTrue(environment.differentiateBy(workspace, slopes, knot, 0, knot, nx, found[n]));
    }
    for (int j = 0; j < count; j++) {
      String parameter = c.parameters().get(j);
      double[] scales = new double[knots.size()];
      double[] errors = new double[knots.size()];
      Arrays.fill(errors, Double.POSITIVE_INFINITY);
      for (double shift : LONGER.getOrDefault(parameter, SHIFTS)) {
        double[][] expected = differences(c, parameter, shift, knots, nx);
        for (int n = 0; n < knots.size(); n++) {
          double off = 0;
          for (int i = 0; i < nx; i++) {
            double slope = found[n][i * count + j];
            scales[n] = Math.max(scales[n], Math.abs(slope));
            off = Math.max(off, Math.abs(slope - expected[n][i]));
          }
          errors[n] = Math.min(errors[n], off);
        }
      }
      double largest = Arrays.stream(scales).max().orElseThrow();
      double worst = 0;
      for (int n = 0; n < knots.size(); n++) {
        // What is next to nothing, such as friction off the ground, is measured with the rest.
        double scale = Math.max(scales[n], 1e-3 * largest);
        worst = Math.max(worst, scale == 0 ? errors[n] : errors[n] / scale);
      }
      reporter.publishEntry(c + " " + parameter, "%.1e of %.1e".formatted(worst, largest));
      assertTrue(worst <= TOLERANCE, parameter + ": relative error " + worst);
      boolean ofTheCost = List.of("speed_weight", "target_speed").contains(parameter);
      assertEquals(ofTheCost, largest == 0, parameter);
    }
  }

  private static Environment with(Case c, String parameter, double value) {
    Map<String, Double> overrides = new HashMap<>(c.overrides());
    overrides.put(parameter, value);
    return c.provider().create(overrides);
  }

  private static double[][] differences(
      Case c, String parameter, double part, List<double[]> knots, int nx) {
    double value =
        c.provider().create(c.overrides()).spec().parameters().stream()
            .filter(known -> known.name().equals(parameter))
            .mapToDouble(EnvironmentSpec.Parameter::value)
            .findFirst()
            .orElseThrow();
    // To one side where the other is not allowed; both rules are of fourth order.
    double[] places = value == 0 ? new double[] {0, 1, 2, 3, 4} : new double[] {-2, -1, 1, 2};
    double[] weights =
        value == 0
            ? new double[] {-25.0 / 12, 4, -3, 4.0 / 3, -1.0 / 4}
            : new double[] {1.0 / 12, -2.0 / 3, 2.0 / 3, -1.0 / 12};
    double shift = part * (value == 0 ? 1 : Math.abs(value));
    double[][] result = new double[knots.size()][nx];
    for (int k = 0; k < places.length; k++) {
      Environment there = with(c, parameter, value + places[k] * shift);
      Workspace workspace = there.newWorkspace();
      double[] next = new double[nx];
      for (int n = 0; n < knots.size(); n++) {
        double[] knot = knots.get(n);
        assertTrue(there.step(workspace, knot, 0, knot, nx, next, 0));
        for (int i = 0; i < nx; i++) {
          result[n][i] += weights[k] * next[i] / shift;
        }
      }
    }
    return result;
  }

  /** States that random actions lead to from initial states, each with another random action. */
  private static List<double[]> knots(Environment environment, Workspace workspace) {
    EnvironmentSpec spec = environment.spec();
    SplittableRandom random = new SplittableRandom(17);
    List<double[]> knots = new ArrayList<>();
    double[] forces = new double[2 * spec.contactPoints().size()];
    int touching = 0;
    for (int n = 0; n < KNOTS; n++) {
      double[] knot = new double[spec.nx() + spec.nu()];
      environment.sampleInitialState(3, n, knot, 0);
      int steps = n * LONGEST_RUN / KNOTS;
      for (int t = 0; t <= steps; t++) {
        for (int i = 0; i < spec.nu(); i++) {
          EnvironmentSpec.ActionEntry bounds = spec.action().get(i);
          knot[spec.nx() + i] = random.nextDouble(bounds.lower(), bounds.upper());
        }
        if (t < steps) {
          assertTrue(environment.step(workspace, knot, 0, knot, spec.nx(), knot, 0));
        }
      }
      assertTrue(environment.contactForces(workspace, knot, 0, knot, spec.nx(), forces, 0));
      touching += Arrays.stream(forces).anyMatch(force -> force > 1) ? 1 : 0;
      knots.add(knot);
    }
    assertTrue(forces.length == 0 || touching >= KNOTS / 4, "in contact: " + touching);
    return knots;
  }

  @Test
  void refusesWhatIsNoRealParameter() {
    Environment swimmer = new Swimmer().create(Map.of());
    assertEquals(
        "no parameter 'mass'",
        assertThrows(IllegalArgumentException.class, () -> swimmer.slope("mass", value -> swimmer))
            .getMessage());
    assertEquals(
        "there is no derivative by 'links', which is a whole number",
        assertThrows(IllegalArgumentException.class, () -> swimmer.slope("links", value -> swimmer))
            .getMessage());
    Environment other = new Swimmer().create(Map.of());
    Environment.Slope slope =
        other.slope("armature", value -> new Swimmer().create(Map.of("armature", value)));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            swimmer.differentiateBy(
                swimmer.newWorkspace(),
                List.of(slope),
                new double[10],
                0,
                new double[2],
                0,
                new double[10]));
  }

  /** A chain of other links is no chain with another number. */
  @Test
  void refusesVariantsOfAnotherForm() {
    Environment swimmer = new Swimmer().create(Map.of());
    Iterator<Double> links = Stream.iterate(3.0, n -> 7 - n).iterator();
    assertEquals(
        "the dynamics of 'swimmer' are not smooth in 'armature' at 0.1",
        assertThrows(
                UnsupportedOperationException.class,
                () ->
                    swimmer.slope(
                        "armature", value -> new Swimmer().create(Map.of("links", links.next()))))
            .getMessage());
  }
}
