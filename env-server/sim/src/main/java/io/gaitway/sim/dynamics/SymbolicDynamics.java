package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Derivatives;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.GenericPoint;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.SymbolicSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The accelerations of a model, or for a step h > 0 its velocities at the step's end, and their
 * partial derivatives, as expressions of the inputs q, q̇, τ and (for laws that are not affine in
 * the next velocity) the acceleration itself.
 *
 * <p>The unknown w solves ρ(w; q, q̇, τ) = 0 with ρ of {@link EquationsOfMotion}. With A = ∂ρ/∂w,
 * the implicit function theorem gives ∂w/∂z = −A⁻¹ ∂ρ/∂z for z any of q, q̇, τ. Where A does not
 * depend on w, one Newton step from acceleration zero is the solution; otherwise the acceleration
 * is an input, and {@link #newtonStep} improves it.
 */
final class SymbolicDynamics {
  final Graph graph = new Graph();
  final int nv;
  final int nu;

  /** Inputs: coordinates, their rates, the motors' controls, accelerations (absolute). */
  final Expr[] q;

  final Expr[] qd;
  final Expr[] tau;
  final Expr[] guess;

  private final Motion motion;
  private final EquationsOfMotion equations;

  /** Whether one linear solve is the whole step. */
  final boolean affine;

  private final SymbolicSystem system;
  private final Expr[] solution;

  SymbolicDynamics(
      PlanarModel model, List<ForceModel> forceModels, List<Motor> motors, TimeStep step) {
    nv = model.nv();
    nu = motors.size();
    q = graph.inputs(nv);
    qd = graph.inputs(nv);
    tau = graph.inputs(nu);
    guess = graph.inputs(nv);
    motion = new Motion(graph, model, q, qd, step);
    equations = new EquationsOfMotion(motion, forceModels, motors, tau);

    Expr[] guessed = variables(unknown(guess));
    Motion ending = equations.ending(guessed);
    Expr[][] a =
        minus(
            Derivatives.jacobian(equations.inertia(guessed), guessed),
            Derivatives.jacobian(equations.forces(ending), guessed, ending.hingeMotion()));
    affine = Arrays.stream(a).flatMap(Arrays::stream).noneMatch(this::dependsOnGuess);
    system = new SymbolicSystem(reversed(a));
    Expr[] start = unknown(zeros());
    solution = affine ? minus(start, solve(equations.residual(start))) : unknown(guess);
  }

  /** The unknown at accelerations {@code a} (absolute). */
  private Expr[] unknown(Expr[] a) {
    double h = motion.step().h();
    return h > 0 ? Motion.after(h, motion.moving(motion.velocities()), a) : a;
  }

  private Expr[] variables(Expr[] definitions) {
    return Arrays.stream(definitions).map(graph::variable).toArray(Expr[]::new);
  }

  private boolean dependsOnGuess(Expr entry) {
    return Arrays.stream(guess).anyMatch(entry::dependsOn);
  }

  private Expr[] zeros() {
    Expr[] zeros = new Expr[nv];
    Arrays.fill(zeros, graph.zero());
    return zeros;
  }

  /** The unknown in hinge coordinates: accelerations, or velocities at the step's end. */
  Expr[] solution() {
    return motion.toHinge(solution);
  }

  /** Hinge coordinates at the step's end. */
  Expr[] nextPositions() {
    TimeStep step = motion.step();
    return Motion.after(step.after(), Motion.after(step.before(), q, qd), solution());
  }

  /** The Newton step in the absolute accelerations from the guess: −A⁻¹ ρ(guess). */
  Expr[] newtonStep() {
    double perStep = motion.step().h() > 0 ? -1 / motion.step().h() : -1;
    Expr[] change = solve(equations.residual(unknown(guess)));
    return Arrays.stream(change).map(e -> e.times(perStep)).toArray(Expr[]::new);
  }

  /** ρ(guess), in absolute coordinates. */
  Expr[] residual() {
    return equations.residual(unknown(guess));
  }

  /** Σ ρ(guess)², which falls along the Newton step. */
  Expr squaredResidual() {
    Expr sum = graph.zero();
    for (Expr row : residual()) {
      sum = sum.plus(row.square());
    }
    return sum;
  }

  /**
   * Partial derivatives of {@link #solution} with respect to q, then q̇, then τ; shape (nv, 2 nv +
   * nu). Two symmetries, where the laws have them, save work: of the forces' derivatives by the
   * velocities, and under rotation.
   */
  Expr[][] partials() {
    Expr[] w = variables(solution);
    Expr[] inertia = equations.inertia(w);
    Motion ending = equations.ending(w);
    List<Expr> hinges = ending.hingeMotion();
    Expr[] forces = equations.forces(ending);
    Expr[][] result = new Expr[nv][2 * nv + nu];

    Expr[] positions = motion.moving(motion.positions());
    Expr[] velocities = motion.moving(motion.velocities());
    Expr[][] forcesByVelocity = Derivatives.jacobian(forces, velocities, hinges);
    if (GenericPoint.isSymmetric(forcesByVelocity)) {
      mirror(forcesByVelocity);
    }
    Expr[][] byVelocity =
        negativeInHinges(Derivatives.jacobian(inertia, velocities), forcesByVelocity);
    for (int j = 0; j < nv; j++) {
      setColumn(result, nv + j, solve(column(byVelocity, j)));
    }
    Expr[][] byPosition =
        negativeInHinges(
            Derivatives.jacobian(inertia, positions),
            Derivatives.jacobian(forces, positions, hinges));
    boolean turning =
        motion.model().root().floats() && turns(inertia, w, hinges) && turns(forces, w, hinges);
    for (int j = 0; j < nv; j++) {
      if (j == 2 && turning) {
        setRootAngleColumn(result, w);
      } else {
        setColumn(result, j, solve(column(byPosition, j)));
      }
    }
    addWayToConfiguration(result);
    Expr[][] byTorque = Derivatives.jacobian(forces, tau);
    for (int j = 0; j < nu; j++) {
      setColumn(result, 2 * nv + j, solve(column(byTorque, j)));
    }
    return result;
  }

  /**
   * Whether rows of the residual turn with the motion: ρ(R w; R q, R q̇) = R ρ for every rotation R
   * about the origin. Asked of a floating root only, where every absolute coordinate moves.
   */
  private boolean turns(Expr[] rows, Expr[] w, List<Expr> hinges) {
    List<Expr> moved = new ArrayList<>();
    List<Expr> rates = new ArrayList<>();
    for (Expr[] vector : List.of(motion.positions(), motion.velocities(), w)) {
      moved.addAll(List.of(vector));
      rates.addAll(List.of(turn(vector)));
    }
    for (int k = 2; k < nv; k++) {
      rates.set(k, graph.constant(1));
    }
    Derivatives derivatives =
        new Derivatives(moved.toArray(Expr[]::new), rates.toArray(Expr[]::new), Set.copyOf(hinges));
    Expr[] changes = Arrays.stream(rows).map(derivatives::of).toArray(Expr[]::new);
    return GenericPoint.agree(changes, turn(rows));
  }

  /** What a vector of absolute velocities or forces changes by, per angle that it is turned. */
  private Expr[] turn(Expr[] vector) {
    Expr[] result = zeros();
    result[0] = vector[1].negate();
    result[1] = vector[0];
    return result;
  }

  /**
   * The column of the root's angle where the residual turns with the motion, from those of the
   * root's velocity: w(R q, R q̇) = R w, differentiated by the angle of R.
   */
  private void setRootAngleColumn(Expr[][] result, Expr[] w) {
    Expr[] turned = turn(w);
    Expr[] rates = turn(motion.velocities());
    for (int i = 0; i < nv; i++) {
      Expr byVelocity = result[i][nv].times(rates[0]).plus(result[i][nv + 1].times(rates[1]));
      result[i][2] = turned[i].minus(byVelocity).times(motion.model().link(0).axis());
    }
  }

  /** Adds to the columns of q̇ what comes by way of the configuration, which moves with q̇. */
  private void addWayToConfiguration(Expr[][] result) {
    for (Expr[] row : result) {
      for (int j = 0; j < nv; j++) {
        row[nv + j] = row[nv + j].plus(row[j].times(motion.step().before()));
      }
    }
  }

  /** Makes a symmetric matrix share the expressions of its upper half. Modified: {@code a}. */
  private static void mirror(Expr[][] a) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        a[j][i] = a[i][j];
      }
    }
  }

  private void setColumn(Expr[][] result, int j, Expr[] absolute) {
    Expr[] hinge = motion.toHinge(absolute);
    for (int i = 0; i < nv; i++) {
      result[i][j] = hinge[i];
    }
  }

  /** Forces less inertia, by hinge coordinates. */
  private Expr[][] negativeInHinges(Expr[][] inertia, Expr[][] forces) {
    Expr[][] result = new Expr[nv][];
    for (int i = 0; i < nv; i++) {
      result[i] = motion.columnsToHinge(minus(forces[i], inertia[i]));
    }
    return result;
  }

  static Expr[][] minus(Expr[][] a, Expr[][] b) {
    return IntStream.range(0, a.length).mapToObj(i -> minus(a[i], b[i])).toArray(Expr[][]::new);
  }

  static Expr[] minus(Expr[] a, Expr[] b) {
    Expr[] result = new Expr[a.length];
    for (int i = 0; i < a.length; i++) {
      result[i] = a[i].minus(b[i]);
    }
    return result;
  }

  private static Expr[] column(Expr[][] matrix, int j) {
    return Arrays.stream(matrix).map(row -> row[j]).toArray(Expr[]::new);
  }

  /** Solves A x = b; links are eliminated from the leaves to the root, the root's position last. */
  private Expr[] solve(Expr[] b) {
    return reversed(system.solve(reversed(b)));
  }

  /** In the order of elimination, or back. */
  static Expr[] reversed(Expr[] b) {
    Expr[] result = new Expr[b.length];
    for (int i = 0; i < b.length; i++) {
      result[i] = b[b.length - 1 - i];
    }
    return result;
  }

  static Expr[][] reversed(Expr[][] a) {
    Expr[][] result = new Expr[a.length][];
    for (int i = 0; i < a.length; i++) {
      result[i] = reversed(a[a.length - 1 - i]);
    }
    return result;
  }
}
