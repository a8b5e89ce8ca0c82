package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Allocation;
import io.gaitway.sim.Extent;
import io.gaitway.sim.model.Vec2;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every environment promises, whatever it simulates. */
class EnvironmentTest {

  static Stream<Cases.Case> environments() {
    return Cases.all();
  }

  @ParameterizedTest
  @MethodSource("environments")
  void derivativesAreExact(Cases.Case c, TestReporter reporter) {
    DerivativeCheck.Report report = DerivativeCheck.sample(c.shared(), 7, Extent.of(10));
    for (DerivativeCheck.DerivativeError error : report.errors()) {
      reporter.publishEntry(c + " " + error.entry(), "%.2e".formatted(error.relativeError()));
      assertTrue(
          error.relativeError() <= 1e-8,
          () ->
              "%s, x %s, u %s"
                  .formatted(
                      error, Arrays.toString(error.state()), Arrays.toString(error.action())));
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void linearizeAgreesWithStepAndCost(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 1);
    int nx = e.spec().nx();
    double[] next = new double[nx];
    Linearization out = new Linearization(nx, e.spec().nu());
    for (int i = 0; i < 50; i++) {
      knots.next();
      for (CostHessian hessian : CostHessian.values()) {
        assertTrue(e.linearize(w, knots.x, 0, knots.u, 0, hessian, out));
        assertTrue(e.step(w, knots.x, 0, knots.u, 0, next, 0));
        assertArrayEquals(next, out.xNext);
        assertEquals(e.cost(w, knots.x, 0, knots.u, 0), out.l);
      }
      e.linearizeTerminal(w, knots.x, 0, CostHessian.EXACT, out);
      assertEquals(e.terminalCost(w, knots.x, 0), out.l);
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void offsetsSelectWithinBatches(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 2);
    int nx = e.spec().nx();
    int nu = e.spec().nu();
    double[] xs = new double[3 * nx];
    double[] us = new double[3 * nu];
    Arrays.fill(xs, Double.NaN);
    Arrays.fill(us, Double.NaN);
    knots.next();
    System.arraycopy(knots.x, 0, xs, nx, nx);
    System.arraycopy(knots.u, 0, us, 2 * nu, nu);
    double[] alone = new double[nx];
    double[] batch = new double[4 * nx];
    assertTrue(e.step(w, knots.x, 0, knots.u, 0, alone, 0));
    assertTrue(e.step(w, xs, nx, us, 2 * nu, batch, 3 * nx));
    assertArrayEquals(alone, Arrays.copyOfRange(batch, 3 * nx, 4 * nx));
    assertArrayEquals(new double[3 * nx], Arrays.copyOf(batch, 3 * nx), "the rest is untouched");
    assertEquals(e.cost(w, knots.x, 0, knots.u, 0), e.cost(w, xs, nx, us, 2 * nu));
    Linearization one = new Linearization(nx, nu);
    Linearization other = new Linearization(nx, nu);
    e.linearize(w, knots.x, 0, knots.u, 0, CostHessian.EXACT, one);
    e.linearize(w, xs, nx, us, 2 * nu, CostHessian.EXACT, other);
    assertArrayEquals(one.fx, other.fx);
    assertArrayEquals(one.lxx, other.lxx);
    assertEquals(e.terminated(knots.x, 0), e.terminated(xs, nx));
  }

  @ParameterizedTest
  @MethodSource("environments")
  void contactForcesFillTheirPlaceAndNoOther(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 6);
    int size = 2 * e.spec().contactPoints().size();
    double[] out = new double[size + 5];
    Arrays.fill(out, -7);
    knots.next();
    assertTrue(e.contactForces(w, knots.x, 0, knots.u, 0, out, 3));
    for (int i = 0; i < out.length; i++) {
      boolean inside = i >= 3 && i < 3 + size;
      assertEquals(inside, out[i] != -7, "entry " + i);
    }
    knots.x[1] = Double.NaN;
    assertFalse(e.contactForces(w, knots.x, 0, knots.u, 0, out, 3), "a step that diverges");
  }

  @ParameterizedTest
  @MethodSource("environments")
  void gaussNewtonHessiansAreSemiDefinite(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 3);
    int n = e.spec().nx() + e.spec().nu();
    Linearization out = new Linearization(e.spec().nx(), e.spec().nu());
    for (int i = 0; i < 50; i++) {
      knots.next();
      assertTrue(e.linearize(w, knots.x, 0, knots.u, 0, CostHessian.GAUSS_NEWTON, out));
      double[][] hessian = hessian(out, e.spec().nx(), e.spec().nu());
      double scale = 0;
      for (int a = 0; a < n; a++) {
        scale = Math.max(scale, Math.abs(hessian[a][a]));
        for (int b = 0; b < a; b++) {
          assertEquals(hessian[a][b], hessian[b][a], 1e-12 * Math.max(1, scale), "symmetry");
        }
      }
      for (int trial = 0; trial < 20; trial++) {
        double[] v = knots.random.doubles(n, -1, 1).toArray();
        double form = 0;
        for (int a = 0; a < n; a++) {
          for (int b = 0; b < n; b++) {
            form += v[a] * hessian[a][b] * v[b];
          }
        }
        assertTrue(form >= -1e-12 * n * scale, "v' H v = " + form);
      }
    }
  }

  private static double[][] hessian(Linearization out, int nx, int nu) {
    double[][] h = new double[nx + nu][nx + nu];
    for (int i = 0; i < nx; i++) {
      System.arraycopy(out.lxx, i * nx, h[i], 0, nx);
    }
    for (int i = 0; i < nu; i++) {
      System.arraycopy(out.luu, i * nu, h[nx + i], nx, nu);
      for (int j = 0; j < nx; j++) {
        h[nx + i][j] = out.lux[i * nx + j];
        h[j][nx + i] = out.lux[i * nx + j];
      }
    }
    return h;
  }

  @ParameterizedTest
  @MethodSource("environments")
  void theSpecIsConsistent(Cases.Case c) {
    EnvironmentSpec spec = c.shared().spec();
    assertEquals(c.provider().id(), spec.id());
    assertEquals(0, spec.nx() % 2);
    Set<String> names = new HashSet<>();
    for (EnvironmentSpec.StateEntry entry : spec.state()) {
      assertTrue(names.add(entry.name()), "twice: " + entry.name());
      assertTrue(entry.lower() < entry.upper(), entry.toString());
      assertEquals(entry.unit().equals("rad"), entry.angle(), entry.toString());
    }
    names.clear(); // An action may be called like the joint that it moves.
    for (EnvironmentSpec.ActionEntry entry : spec.action()) {
      assertTrue(names.add(entry.name()), "twice: " + entry.name());
      assertTrue(entry.lower() < entry.upper(), entry.toString());
    }
    for (int i = 0; i < spec.nx() / 2; i++) {
      String position = spec.state().get(i).name().replaceFirst("_angle$", "");
      assertEquals(position + "_velocity", spec.state().get(spec.nx() / 2 + i).name());
      assertEquals(spec.state().get(i).unit() + "/s", spec.state().get(spec.nx() / 2 + i).unit());
    }
    EnvironmentSpec.Goal goal = spec.goal();
    if (goal != null && goal.progressIndex() >= 0) {
      assertTrue(goal.progressIndex() < spec.nx() / 2, "a position: " + goal);
      assertFalse(
          spec.observation().contains(goal.progressIndex()), "a policy does not see how far it is");
    }
    if (spec.firstGuess() != null && spec.firstGuess().sinusoid() != null) {
      assertEquals(spec.nu(), spec.firstGuess().sinusoid().amplitude().size());
      assertEquals(spec.nu(), spec.firstGuess().sinusoid().phase().size());
    }
    assertEquals(spec.observation().size(), new HashSet<>(spec.observation()).size());
    assertTrue(spec.observation().stream().allMatch(i -> i >= 0 && i < spec.nx()));
    assertEquals(spec.nx(), spec.initialState().mean().size());
    assertEquals(spec.nx(), spec.initialState().std().size());
    assertTrue(spec.initialState().std().stream().allMatch(s -> s >= 0));
    assertTrue(spec.dt() > 0 && spec.substeps() >= 1 && spec.horizon() >= 1);
    assertTrue(spec.modelDigest().matches("[0-9a-f]{64}"), spec.modelDigest());
    Set<String> parameters = new HashSet<>();
    for (EnvironmentSpec.Parameter p : spec.parameters()) {
      assertTrue(parameters.add(p.name()), "twice: " + p.name());
      assertTrue(p.lower() <= p.value() && p.value() <= p.upper(), p.toString());
      assertTrue(p.lower() <= p.defaultValue() && p.defaultValue() <= p.upper(), p.toString());
      assertFalse(p.description().isBlank(), p.name());
      assertEquals(c.overrides().getOrDefault(p.name(), p.defaultValue()), p.value(), p.name());
    }
    for (int i = 0; i < spec.geometry().size(); i++) {
      EnvironmentSpec.LinkGeometry link = spec.geometry().get(i);
      assertTrue(link.parent() < i, link.toString());
      if (i > 0 || link.angleIndex() >= 0) {
        assertTrue(spec.state().get(link.angleIndex()).angle(), link.toString());
      }
      for (int slide : new int[] {link.xIndex(), link.yIndex()}) {
        assertTrue(slide == -1 || i == 0 && spec.state().get(slide).unit().equals("m"));
      }
    }
    for (EnvironmentSpec.ContactPoint point : spec.contactPoints()) {
      assertTrue(point.link() >= 0 && point.link() < spec.geometry().size(), point.toString());
      EnvironmentSpec.LinkGeometry link = spec.geometry().get(point.link());
      Vec2 place = new Vec2(point.x(), point.y());
      assertTrue(
          link.shapes().stream()
              .anyMatch(s -> s.vertices().contains(place) && s.radius() == point.radius()),
          point + " does not end the link " + link);
    }
  }

  /** The spec's lists cannot be changed from outside. */
  @ParameterizedTest
  @MethodSource("environments")
  void theSpecIsImmutable(Cases.Case c) {
    EnvironmentSpec spec = c.shared().spec();
    for (List<?> list :
        List.of(
            spec.state(),
            spec.action(),
            spec.observation(),
            spec.parameters(),
            spec.costTerms(),
            spec.initialState().mean(),
            spec.contactPoints())) {
      assertThrows(UnsupportedOperationException.class, () -> list.remove(0));
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void theDigestChangesExactlyWhenANumberDoes(Cases.Case c) {
    EnvironmentSpec spec = c.shared().spec();
    assertEquals(spec.modelDigest(), c.create().spec().modelDigest());
    Map<String, Double> spelledOut = new HashMap<>();
    spec.parameters().forEach(p -> spelledOut.put(p.name(), p.value()));
    assertEquals(
        spec.modelDigest(), c.provider().create(spelledOut).spec().modelDigest(), "same numbers");
    Set<String> digests = new HashSet<>(Set.of(spec.modelDigest()));
    for (EnvironmentSpec.Parameter p : spec.parameters()) {
      Map<String, Double> changed = new HashMap<>(c.overrides());
      double up = p.integer() ? p.value() + 1 : Math.nextUp(p.value());
      double down = p.integer() ? p.value() - 1 : Math.nextDown(p.value());
      changed.put(p.name(), up <= p.upper() ? up : down);
      assertTrue(
          digests.add(c.provider().create(changed).spec().modelDigest()),
          "the digest ignores " + p.name());
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void parametersAreChecked(Cases.Case c) {
    for (EnvironmentSpec.Parameter p : c.shared().spec().parameters()) {
      for (double bad :
          new double[] {
            Math.nextDown(p.lower()),
            Math.nextUp(p.upper()),
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY
          }) {
        ParameterException e = refused(c, p.name(), bad);
        assertEquals(p.name(), e.parameter());
        assertEquals(Double.toString(bad), Double.toString(Double.parseDouble(e.value())));
        assertEquals(
            p.integer()
                ? "a whole number from %d to %d".formatted((long) p.lower(), (long) p.upper())
                : "a number from " + p.lower() + " to " + p.upper(),
            e.allowed());
        assertEquals(
            "parameter '" + p.name() + "' = " + e.value() + " is not allowed: " + e.allowed(),
            e.getMessage());
      }
      if (p.integer()) {
        assertEquals(
            Double.toString(p.lower() + 0.5), refused(c, p.name(), p.lower() + 0.5).value());
      }
    }
    ParameterException unknown = refused(c, "colour", 1);
    assertEquals("colour", unknown.parameter());
    assertEquals("1.0", unknown.value());
    for (EnvironmentSpec.Parameter p : c.shared().spec().parameters()) {
      assertTrue(unknown.allowed().contains(p.name()), unknown.allowed());
    }
  }

  private static ParameterException refused(Cases.Case c, String name, double value) {
    Map<String, Double> overrides = new HashMap<>(c.overrides());
    overrides.put(name, value);
    return assertThrows(
        ParameterException.class, () -> c.provider().create(overrides), () -> name + " = " + value);
  }

  @ParameterizedTest
  @MethodSource("environments")
  void initialStatesFollowTheSpec(Cases.Case c) {
    Environment e = c.shared();
    int nx = e.spec().nx();
    int n = 5000;
    double[] sum = new double[nx];
    double[] squares = new double[nx];
    double[] x = new double[nx];
    for (int episode = 0; episode < n; episode++) {
      e.sampleInitialState(17, episode, x, 0);
      for (int i = 0; i < nx; i++) {
        double deviation = x[i] - e.spec().initialState().mean().get(i);
        sum[i] += deviation;
        squares[i] += deviation * deviation;
      }
    }
    for (int i = 0; i < nx; i++) {
      double std = e.spec().initialState().std().get(i);
      // Five standard errors of each estimate.
      assertEquals(0, sum[i] / n, 5 * std / Math.sqrt(n), "mean of entry " + i);
      assertEquals(
          std * std, squares[i] / n, 5 * std * std * Math.sqrt(2.0 / n), "variance of entry " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void initialStatesDependOnSeedAndEpisodeAlone(Cases.Case c) {
    Environment e = c.shared();
    int nx = e.spec().nx();
    double[] one = new double[nx];
    double[] shifted = new double[nx + 3];
    e.sampleInitialState(5, 6, one, 0);
    e.sampleInitialState(5, 7, shifted, 3);
    assertNotEquals(Arrays.toString(one), Arrays.toString(Arrays.copyOfRange(shifted, 3, nx + 3)));
    e.sampleInitialState(6, 6, shifted, 3);
    assertNotEquals(Arrays.toString(one), Arrays.toString(Arrays.copyOfRange(shifted, 3, nx + 3)));
    c.create().sampleInitialState(5, 6, shifted, 3);
    assertArrayEquals(one, Arrays.copyOfRange(shifted, 3, nx + 3));
  }

  @ParameterizedTest
  @MethodSource("environments")
  void workspacesOfOthersAreRefused(Cases.Case c) {
    Environment e = c.shared();
    Workspace other = c.create().newWorkspace();
    int nx = e.spec().nx();
    int nu = e.spec().nu();
    double[] x = new double[nx];
    double[] u = new double[nu];
    Linearization out = new Linearization(nx, nu);
    for (Workspace w : List.of(other, new Workspace() {})) {
      assertThrows(IllegalArgumentException.class, () -> e.step(w, x, 0, u, 0, x, 0));
      assertThrows(IllegalArgumentException.class, () -> e.cost(w, x, 0, u, 0));
      assertThrows(IllegalArgumentException.class, () -> e.contactForces(w, x, 0, u, 0, x, 0));
      assertThrows(
          IllegalArgumentException.class, () -> e.linearize(w, x, 0, u, 0, CostHessian.EXACT, out));
    }
  }

  @ParameterizedTest
  @MethodSource("environments")
  void nonFiniteInputIsReported(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 4);
    knots.next();
    Linearization out = new Linearization(e.spec().nx(), e.spec().nu());
    double[] next = new double[e.spec().nx()];
    for (double[] array : List.of(knots.x, knots.u)) {
      for (int i = 0; i < array.length; i++) {
        double good = array[i];
        array[i] = Double.NaN;
        assertFalse(e.step(w, knots.x, 0, knots.u, 0, next, 0));
        assertFalse(e.linearize(w, knots.x, 0, knots.u, 0, CostHessian.EXACT, out));
        array[i] = good;
      }
    }
    assertTrue(e.step(w, knots.x, 0, knots.u, 0, next, 0));
  }

  @ParameterizedTest
  @MethodSource("environments")
  void nothingIsAllocated(Cases.Case c) {
    Environment e = c.shared();
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 5);
    knots.next();
    Linearization out = new Linearization(e.spec().nx(), e.spec().nu());
    double[] next = new double[e.spec().nx()];
    Allocation.assertNone(() -> e.step(w, knots.x, 0, knots.u, 0, next, 0));
    Allocation.assertNone(() -> e.cost(w, knots.x, 0, knots.u, 0));
    Allocation.assertNone(() -> e.terminalCost(w, knots.x, 0));
    Allocation.assertNone(() -> e.terminated(knots.x, 0));
    double[] forces = new double[2 * e.spec().contactPoints().size()];
    Allocation.assertNone(() -> e.contactForces(w, knots.x, 0, knots.u, 0, forces, 0));
    for (CostHessian hessian : CostHessian.values()) {
      Allocation.assertNone(() -> e.linearize(w, knots.x, 0, knots.u, 0, hessian, out));
      Allocation.assertNone(() -> e.linearizeTerminal(w, knots.x, 0, hessian, out));
    }
    double[] lambda = knots.random.doubles(knots.x.length, -1, 1).toArray();
    double[] curvature =
        new double[(next.length + knots.u.length) * (next.length + knots.u.length)];
    Allocation.assertNone(() -> e.curvature(w, knots.x, 0, knots.u, 0, lambda, 0, curvature));
  }

  /** Symmetric, linear in the weights, the same at every offset and in every workspace. */
  @ParameterizedTest
  @MethodSource("environments")
  void curvaturesAreThoseOfTheWeights(Cases.Case c) {
    Environment e = c.shared();
    assertTrue(e.hasCurvature());
    Workspace w = e.newWorkspace();
    Knots knots = new Knots(e, 8);
    int nx = e.spec().nx();
    int nu = e.spec().nu();
    int nz = nx + nu;
    knots.next();
    double[] sum = new double[nx];
    double[] expected = new double[nz * nz];
    double[] one = new double[nz * nz];
    for (int k = 0; k < nx; k++) {
      double[] unit = new double[nx];
      unit[k] = 1;
      sum[k] = knots.random.nextDouble(-1, 1);
      assertTrue(e.curvature(w, knots.x, 0, knots.u, 0, unit, 0, one));
      for (int i = 0; i < nz * nz; i++) {
        expected[i] += sum[k] * one[i];
      }
    }
    double[] xs = new double[2 * nx];
    double[] us = new double[3 * nu];
    double[] lambdas = new double[4 * nx];
    System.arraycopy(knots.x, 0, xs, nx, nx);
    System.arraycopy(knots.u, 0, us, 2 * nu, nu);
    System.arraycopy(sum, 0, lambdas, 3 * nx, nx);
    assertTrue(e.curvature(e.newWorkspace(), xs, nx, us, 2 * nu, lambdas, 3 * nx, one));
    double scale = Arrays.stream(one).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < nz; i++) {
      for (int j = 0; j < nz; j++) {
        assertEquals(expected[i * nz + j], one[i * nz + j], 1e-11 * scale);
        assertEquals(one[j * nz + i], one[i * nz + j]);
      }
    }
    assertTrue(e.curvatureOperations() > e.stepOperations());
    knots.x[nx - 1] = Double.NaN;
    assertFalse(e.curvature(w, knots.x, 0, knots.u, 0, sum, 0, one));
  }

  /** Random states about the initial ones, with random actions within the bounds. */
  private static final class Knots {
    final double[] x;
    final double[] u;
    final SplittableRandom random;
    private final Environment environment;
    private long episode;

    Knots(Environment environment, long seed) {
      this.environment = environment;
      random = new SplittableRandom(seed);
      x = new double[environment.spec().nx()];
      u = new double[environment.spec().nu()];
    }

    void next() {
      environment.sampleInitialState(1, episode++, x, 0);
      for (int i = 0; i < x.length; i++) {
        x[i] += 0.3 * random.nextGaussian();
      }
      for (int i = 0; i < u.length; i++) {
        EnvironmentSpec.ActionEntry bounds = environment.spec().action().get(i);
        u[i] = random.nextDouble(bounds.lower(), bounds.upper());
      }
    }
  }
}
