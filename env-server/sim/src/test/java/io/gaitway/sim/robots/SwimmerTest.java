package io.gaitway.sim.robots;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.ParameterException;
import io.gaitway.sim.task.Workspace;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The swimmer's own numbers: those of {@code swimmer.xml} and of the paper's cost. */
class SwimmerTest {

  @Test
  void theModelIsTheXmlFiles() {
    PlanarModel model = Swimmer.model(3);
    assertEquals(5, model.nv());
    assertEquals(0.1, model.joint(0).armature());
    assertEquals(0.1, model.joint(1).armature());
    // A capsule of length 1, radius 0.1 and density 1000.
    double mass = 1000 * (Math.PI * 0.01 + 4.0 / 3 * Math.PI * 0.001);
    for (int i = 0; i < 3; i++) {
      assertEquals(mass, model.link(i).mass(), 1e-12);
      assertEquals(0.1, model.link(i).joint().armature());
      assertEquals(0, model.link(i).joint().damping());
    }
    assertEquals(Math.toRadians(100), model.link(2).joint().upper(), 1e-15);
    assertEquals(Math.toRadians(-100), model.link(2).joint().lower(), 1e-15);
    assertTrue(Double.isInfinite(model.link(0).joint().upper()), "the root turns freely");
  }

  @Test
  void aRangeNarrowerThanItsLimitsAreSoftIsRefused() {
    ParameterException e =
        assertThrows(
            ParameterException.class, () -> new Swimmer().create(Map.of("joint_limit", 5.0)));
    assertEquals(
        "parameter 'joint_limit' = 5.0 is not allowed: with limit_width = 0.1, it must be that"
            + " joint_limit pi / 180 >= limit_width",
        e.getMessage());
    new Swimmer().create(Map.of("joint_limit", 5.0, "limit_width", 0.05));
  }

  @Test
  void sixLinksAreOneParameter() {
    EnvironmentSpec spec = new Swimmer().create(Map.of("links", 6.0)).spec();
    assertEquals(16, spec.nx());
    assertEquals(5, spec.nu());
    assertEquals("joint5_angle", spec.state().get(7).name());
    assertEquals(6, spec.geometry().size());
  }

  @Test
  void theCostIsThePapers() {
    Environment e = new Swimmer().create(Map.of("target_speed", 0.8));
    double[] x = new double[10];
    double[] u = {30, -40};
    // At rest: w_u |u|² + v*².
    assertEquals(1e-5 * 2500 + 0.64, e.cost(e.newWorkspace(), x, 0, u, 0), 1e-14);
    // All links at the same velocity: the centre of mass moves with it.
    x[5] = 0.8;
    x[6] = 3;
    assertEquals(1e-5 * 2500, e.cost(e.newWorkspace(), x, 0, u, 0), 1e-14);
    // Straight and spinning about the root at the front link's tail: the centre lies at −x.
    x[5] = 0;
    x[6] = 0;
    x[2] = Math.PI / 2;
    x[7] = 2;
    double centre = (1 + 0 - 1) / 3.0; // links at 1, 0 and −1 m from the root
    double speed = -2 * centre;
    assertEquals(
        1e-5 * 2500 + (speed - 0.8) * (speed - 0.8), e.cost(e.newWorkspace(), x, 0, u, 0), 1e-14);
  }

  /** With zero residual the Gauss–Newton Hessian is the Hessian. */
  @Test
  void hessiansAgreeWhereTheSpeedIsOnTarget() {
    Environment e = new Swimmer().create(Map.of("target_speed", 0.8));
    Workspace w = e.newWorkspace();
    double[] x = {1, 2, 0.3, -0.5, 0.9, 0, 0.1, 0.4, -1, 2};
    double[] u = {12, -7};
    Linearization one = new Linearization(10, 2);
    Linearization other = new Linearization(10, 2);
    // The centre's speed is linear in x[5] with slope 1: one correction puts it on target.
    e.linearize(w, x, 0, u, 0, CostHessian.EXACT, one);
    x[5] -= one.lx[5] / 2;
    e.linearize(w, x, 0, u, 0, CostHessian.EXACT, one);
    e.linearize(w, x, 0, u, 0, CostHessian.GAUSS_NEWTON, other);
    assertEquals(0, one.lx[5], 1e-14);
    assertArrayEquals(one.lxx, other.lxx, 1e-13);
    assertArrayEquals(one.lux, other.lux, 1e-13);
    assertArrayEquals(one.luu, other.luu, 1e-13);
    x[5] += 0.5;
    e.linearize(w, x, 0, u, 0, CostHessian.EXACT, one);
    e.linearize(w, x, 0, u, 0, CostHessian.GAUSS_NEWTON, other);
    double apart = 0;
    for (int i = 0; i < 100; i++) {
      apart = Math.max(apart, Math.abs(one.lxx[i] - other.lxx[i]));
    }
    assertTrue(apart > 0.01, "off target they differ, by " + apart);
  }

  /** At rest, where every |v| of the drag has its kink, left is no other than right. */
  @Test
  void derivativesAtRestAreMirrored() {
    Environment e = new Swimmer().create(Map.of());
    Workspace w = e.newWorkspace();
    for (double[] angles : new double[][] {{0, 0, 0}, {0.3, -0.5, 0.9}}) {
      double[] x = new double[10];
      System.arraycopy(angles, 0, x, 2, 3);
      double[] u = {30, -40};
      double[] mirrored = new double[10];
      for (int i = 0; i < 10; i++) {
        mirrored[i] = side(i) * x[i];
      }
      Linearization one = new Linearization(10, 2);
      Linearization other = new Linearization(10, 2);
      e.linearize(w, x, 0, u, 0, CostHessian.EXACT, one);
      e.linearize(w, mirrored, 0, new double[] {-30, 40}, 0, CostHessian.EXACT, other);
      for (int i = 0; i < 10; i++) {
        assertEquals(one.xNext[i], side(i) * other.xNext[i], 0.0, "entry " + i);
        for (int j = 0; j < 10; j++) {
          double expected = side(i) * side(j) * one.fx[10 * i + j];
          assertEquals(expected, other.fx[10 * i + j], 0.0, "fx " + i + ", " + j);
        }
      }
    }
  }

  /** What a state entry is multiplied by where y becomes −y. */
  private static double side(int entry) {
    return entry % 5 == 0 ? 1 : -1;
  }

  @Test
  void aZerosSignIsNotANumber() {
    Swimmer swimmer = new Swimmer();
    assertEquals(
        swimmer.create(Map.of("target_speed", 0.0)).spec().modelDigest(),
        swimmer.create(Map.of("target_speed", -0.0)).spec().modelDigest());
  }
}
