package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Derivatives;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.SymbolicSystem;
import java.util.Arrays;
import java.util.List;

/**
 * The accelerations of a model and their partial derivatives, as expressions of the inputs q, q̇, τ
 * and (for laws that are not affine in the next velocity) the acceleration itself.
 *
 * <p>The acceleration a solves ρ(a; q, q̇, τ) = 0 with ρ of {@link EquationsOfMotion}. With A =
 * ∂ρ/∂a, the implicit function theorem gives ∂a/∂z = −A⁻¹ ∂ρ/∂z for z any of q, q̇, τ. Where A does
 * not depend on a, one linear solve a = −A⁻¹ ρ(0) is the solution; otherwise a is an input, and
 * {@link #newtonStep} improves it.
 */
final class SymbolicDynamics {
  final Graph graph = new Graph();
  final int nv;
  final int nu;

  /** Inputs: hinge coordinates, their rates, actuator torques, accelerations (absolute). */
  final Expr[] q;

  final Expr[] qd;
  final Expr[] tau;
  private final Expr[] guess;

  private final Motion motion;
  private final EquationsOfMotion equations;

  /** Whether one linear solve is the whole step. */
  final boolean affine;

  private final SymbolicSystem system;
  private final Expr[] acceleration;

  SymbolicDynamics(
      PlanarModel model, List<ForceModel> forceModels, List<Integer> actuated, double h) {
    nv = model.nv();
    nu = actuated.size();
    q = graph.inputs(nv);
    qd = graph.inputs(nv);
    tau = graph.inputs(nu);
    guess = graph.inputs(nv);
    motion = new Motion(graph, model, q, qd, h);
    equations = new EquationsOfMotion(motion, forceModels, actuated, tau);

    Expr[][] a = Derivatives.jacobian(equations.residual(guess), guess);
    affine = Arrays.stream(a).flatMap(Arrays::stream).noneMatch(this::dependsOnGuess);
    system = new SymbolicSystem(reversed(a));
    acceleration = affine ? negative(solve(equations.residual(zeros()))) : guess;
  }

  private boolean dependsOnGuess(Expr entry) {
    return Arrays.stream(guess).anyMatch(g -> !new Derivatives(g).of(entry).isZero());
  }

  private Expr[] zeros() {
    Expr[] zeros = new Expr[nv];
    Arrays.fill(zeros, graph.zero());
    return zeros;
  }

  /** Hinge accelerations. */
  Expr[] acceleration() {
    return motion.toHinge(acceleration);
  }

  /** The Newton step in the absolute accelerations from the guess: −A⁻¹ ρ(guess). */
  Expr[] newtonStep() {
    return negative(solve(equations.residual(guess)));
  }

  /** Σ ρ(guess)², which falls along the Newton step. */
  Expr squaredResidual() {
    Expr sum = graph.zero();
    for (Expr row : equations.residual(guess)) {
      sum = sum.plus(row.square());
    }
    return sum;
  }

  /**
   * Partial derivatives of the hinge accelerations with respect to q, then q̇, then τ; shape (nv, 2
   * nv + nu).
   */
  Expr[][] partials() {
    Expr[] a = new Expr[nv];
    for (int i = 0; i < nv; i++) {
      a[i] = graph.variable(acceleration[i]);
    }
    Expr[] residual = equations.residual(a);
    Expr[][] byPosition = columns(Derivatives.jacobian(residual, motion.positions()));
    Expr[][] byVelocity = columns(Derivatives.jacobian(residual, motion.velocities()));
    Expr[][] byTorque = Derivatives.jacobian(residual, tau);
    Expr[][] result = new Expr[nv][2 * nv + nu];
    for (int j = 0; j < nv; j++) {
      setColumn(result, j, column(byPosition, j));
      setColumn(result, nv + j, column(byVelocity, j));
    }
    for (int j = 0; j < nu; j++) {
      setColumn(result, 2 * nv + j, column(byTorque, j));
    }
    return result;
  }

  private void setColumn(Expr[][] result, int j, Expr[] residualColumn) {
    Expr[] solved = motion.toHinge(negative(solve(residualColumn)));
    for (int i = 0; i < nv; i++) {
      result[i][j] = solved[i];
    }
  }

  private Expr[][] columns(Expr[][] byAbsolute) {
    return Arrays.stream(byAbsolute).map(motion::columnsToHinge).toArray(Expr[][]::new);
  }

  private static Expr[] column(Expr[][] matrix, int j) {
    return Arrays.stream(matrix).map(row -> row[j]).toArray(Expr[]::new);
  }

  /** Solves A x = b; links are eliminated from the leaves to the root, the root's position last. */
  private Expr[] solve(Expr[] b) {
    return reversed(system.solve(reversed(b)));
  }

  private static Expr[] reversed(Expr[] b) {
    Expr[] result = new Expr[b.length];
    for (int i = 0; i < b.length; i++) {
      result[i] = b[b.length - 1 - i];
    }
    return result;
  }

  private static Expr[][] reversed(Expr[][] a) {
    Expr[][] result = new Expr[a.length][];
    for (int i = 0; i < a.length; i++) {
      result[i] = reversed(a[a.length - 1 - i]);
    }
    return result;
  }

  private static Expr[] negative(Expr[] b) {
    return Arrays.stream(b).map(Expr::negate).toArray(Expr[]::new);
  }
}
