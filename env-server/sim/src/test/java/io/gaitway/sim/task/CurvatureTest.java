package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Richardson;
import io.gaitway.sim.robots.Walker;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Second derivatives of the walker's control step where it touches the ground, in its gait and in
 * falls, against extrapolated differences of the first ones.
 */
class CurvatureTest {
  private static final double TOLERANCE = 1e-6;

  /**
   * A difference that is off by more, of the largest entry, lies across a corner of the contact
   * law's third derivative.
   */
  private static final double UNDECIDED = 1e-7;

  @ParameterizedTest
  @ValueSource(doubles = {1, 3})
  void isExactInContact(double substeps, TestReporter reporter) {
    Environment walker = new Walker().create(Map.of("substeps", substeps));
    Workspace workspace = walker.newWorkspace();
    int nx = walker.spec().nx();
    int nu = walker.spec().nu();
    int nz = nx + nu;
    double[] curvature = new double[nz * nz];
    double[] forces = new double[2 * walker.spec().contactPoints().size()];
    Linearization there = new Linearization(nx, nu);
    SplittableRandom random = new SplittableRandom(91);
    double worst = 0;
    int undecided = 0;
    int touching = 0;
    List<GaitStates.Knot> knots = every(25, GaitStates.walking(), GaitStates.falling(4, 100));
    for (GaitStates.Knot knot : knots) {
      double[] lambda = random.doubles(nx, -1, 1).toArray();
      assertTrue(walker.curvature(workspace, knot.x(), 0, knot.u(), 0, lambda, 0, curvature));
      assertTrue(walker.contactForces(workspace, knot.x(), 0, knot.u(), 0, forces, 0));
      touching += Arrays.stream(forces).anyMatch(force -> force > 1) ? 1 : 0;
      double scale = Arrays.stream(curvature).map(Math::abs).max().orElseThrow();
      for (int j = 0; j < nz; j++) {
        double[] x = knot.x().clone();
        double[] u = knot.u().clone();
        int at = j;
        Richardson.Estimate numeric =
            Richardson.derivative(
                shift -> {
                  double[] moved = at < nx ? x : u;
                  int entry = at < nx ? at : at - nx;
                  double centre = moved[entry];
                  moved[entry] = centre + shift;
                  assertTrue(
                      walker.linearize(workspace, x, 0, u, 0, CostHessian.GAUSS_NEWTON, there));
                  moved[entry] = centre;
                  return weighted(there, lambda, nx, nu);
                },
                j < nx ? 1e-3 : 0.1);
        for (int i = 0; i < nz; i++) {
          if (numeric.errors()[i] > UNDECIDED * scale) {
            undecided++;
          } else {
            double error = Math.abs(numeric.values()[i] - curvature[i * nz + j]) / scale;
            worst = Math.max(worst, error);
          }
        }
      }
    }
    reporter.publishEntry(
        "%s substeps: worst %.1e, %d undecided of %d, %d of %d in contact"
            .formatted(substeps, worst, undecided, knots.size() * nz * nz, touching, knots.size()));
    assertTrue(worst <= TOLERANCE, "relative error " + worst);
    assertTrue(undecided <= 0.01 * knots.size() * nz * nz, "undecided " + undecided);
    assertTrue(touching >= 0.7 * knots.size(), "in contact " + touching);
    assertEquals(36, knots.size());
  }

  /** λᵀ fx and λᵀ fu. */
  private static double[] weighted(Linearization knot, double[] lambda, int nx, int nu) {
    double[] sum = new double[nx + nu];
    for (int k = 0; k < nx; k++) {
      for (int j = 0; j < sum.length; j++) {
        sum[j] += lambda[k] * (j < nx ? knot.fx[k * nx + j] : knot.fu[k * nu + j - nx]);
      }
    }
    return sum;
  }

  @SafeVarargs
  private static List<GaitStates.Knot> every(int nth, List<GaitStates.Knot>... lists) {
    return Stream.of(lists)
        .flatMap(list -> IntStream.range(0, list.size() / nth).mapToObj(i -> list.get(i * nth)))
        .toList();
  }
}
