package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Derivatives;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import io.gaitway.sim.symbolic.SymbolicSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The second derivatives of one integrator step: products of the Hessian of λᵀ q̇⁺ with directions
 * of the motion, compiled. Immutable; a {@link Data} belongs to one thread.
 *
 * <p>The velocity q̇⁺ solves ρ(q̇⁺; q, q̇, u) = 0 with ρ of {@link EquationsOfMotion}.
 * Differentiated twice along two directions in which (q, q̇, q̇⁺) move together, as the implicit
 * function theorem has them, and multiplied with y = (∂ρ/∂q̇⁺)⁻ᵀ λ, this is
 *
 * <pre>
 *   λᵀ ∂²q̇⁺ = −dᵀ H d′    with H the Hessian of yᵀ ρ by (q, q̇, q̇⁺), y held
 * </pre>
 *
 * <p>Actions act linearly and do not enter H. The product −H d takes a few times the work of ρ: the
 * gradient of yᵀ ρ is formed from the function backwards, and differentiated along d.
 */
final class StepCurvature {
  private final int nv;
  private final TimeStep time;

  /** y from λ, and −H d from y and d. Both read the same inputs. */
  private final Kernel pullback;

  private final Kernel product;

  /** Where in the memory inputs begin; the state is at its front. */
  private final int nextVelocityAt;

  private final int lambdaAt;
  private final int yAt;
  private final int directionAt;

  /** Compiles; allocates. Arguments as those of {@link ImplicitStep}. */
  StepCurvature(
      PlanarModel model, List<ForceModel> forceModels, List<Motor> motors, TimeStep step) {
    nv = model.nv();
    time = step;
    Graph graph = new Graph();
    Expr[] q = graph.inputs(nv);
    Expr[] qd = graph.inputs(nv);
    nextVelocityAt = graph.inputCount();
    Expr[] nextQd = graph.inputs(nv);
    lambdaAt = graph.inputCount();
    Expr[] lambda = graph.inputs(nv);
    yAt = graph.inputCount();
    Expr[] y = graph.inputs(nv);
    directionAt = graph.inputCount();
    Expr[] along = graph.inputs(nv);
    Expr[] alongRate = graph.inputs(nv);
    Expr[] alongNextRate = graph.inputs(nv);

    Expr[] none = new Expr[motors.size()];
    Arrays.fill(none, graph.zero());
    Motion motion = new Motion(graph, model, q, qd, step);
    EquationsOfMotion equations = new EquationsOfMotion(motion, forceModels, motors, none);
    Expr[] w = absolute(motion, nextQd);
    for (int i = 0; i < nv; i++) {
      w[i] = graph.variable(w[i]);
    }
    Motion ending = equations.ending(w);
    List<Expr> hinges = ending.hingeMotion();
    Expr[] inertia = equations.inertia(w);
    Expr[] forces = equations.forces(ending);

    SymbolicSystem system = system(inertia, forces, w, hinges);
    Expr weighted = dot(graph, lambda, motion.toHinge(w));
    Expr[] weights = Derivatives.jacobian(new Expr[] {weighted}, w)[0];
    Expr[] pulled =
        SymbolicDynamics.reversed(system.solveTransposed(SymbolicDynamics.reversed(weights)));
    pullback = KernelCompiler.compile(graph, List.of(pulled));

    Set<Expr> through = Set.copyOf(hinges);
    Expr[] moved = motion.moving(motion.positions());
    moved = concatenate(moved, motion.moving(motion.velocities()), w);
    Expr power = dot(graph, y, SymbolicDynamics.minus(forces, inertia));
    Expr[] gradient = Derivatives.gradient(power, moved, through);
    Expr[] direction = absolute(motion, Motion.after(step.before(), along, alongRate));
    direction =
        concatenate(direction, absolute(motion, alongRate), absolute(motion, alongNextRate));
    Derivatives derivatives = new Derivatives(moved, direction, through);
    Expr[] slopes = Arrays.stream(gradient).map(derivatives::of).toArray(Expr[]::new);
    Expr[] byPosition = motion.columnsToHinge(Arrays.copyOf(slopes, nv));
    Expr[] byRate = motion.columnsToHinge(Arrays.copyOfRange(slopes, nv, 2 * nv));
    Expr[] byNextRate = motion.columnsToHinge(Arrays.copyOfRange(slopes, 2 * nv, 3 * nv));
    List<Expr> outputs = new ArrayList<>(List.of(byPosition));
    outputs.addAll(List.of(Motion.after(step.before(), byRate, byPosition)));
    outputs.addAll(List.of(byNextRate));
    product = KernelCompiler.compile(graph, outputs);
  }

  /** The system ∂ρ/∂w, whose unknowns and right-hand sides are in the order of elimination. */
  static SymbolicSystem system(Expr[] inertia, Expr[] forces, Expr[] w, List<Expr> hinges) {
    return new SymbolicSystem(
        SymbolicDynamics.reversed(
            SymbolicDynamics.minus(
                Derivatives.jacobian(inertia, w), Derivatives.jacobian(forces, w, hinges))));
  }

  /** Rates of the coordinates, as those of the absolute ones that move. */
  static Expr[] absolute(Motion motion, Expr[] hinge) {
    return motion.moving(Motion.absolute(motion.graph(), motion.model(), hinge));
  }

  private static Expr dot(Graph graph, Expr[] a, Expr[] b) {
    Expr sum = graph.zero();
    for (int i = 0; i < a.length; i++) {
      sum = sum.plus(a[i].times(b[i]));
    }
    return sum;
  }

  static Expr[] concatenate(Expr[]... parts) {
    return Arrays.stream(parts).flatMap(Arrays::stream).toArray(Expr[]::new);
  }

  /** Arithmetic operations of {@link Data#set} and of so many {@link Data#multiply}, about. */
  double operations(int products) {
    return pullback.operations() + (double) products * product.operations();
  }

  /** Scratch memory for one thread; allocates. */
  Data newData() {
    return new Data();
  }

  /** One step, and scratch, of one thread. */
  final class Data {
    private final double[] memory =
        new double[Math.max(pullback.memorySize(), product.memorySize())];

    private Data() {}

    /**
     * Takes a step and the weights.
     *
     * @param start state that it starts from, shape (2 nv). Not modified.
     * @param end state that it leads to, shape (2 nv). Not modified.
     * @param lambda weights of the state that it leads to, shape (2 nv). Not modified.
     */
    void set(double[] start, double[] end, double[] lambda) {
      System.arraycopy(start, 0, memory, 0, 2 * nv);
      System.arraycopy(end, nv, memory, nextVelocityAt, nv);
      // q⁺ moves with q̇⁺ alone, but for parts that are linear.
      for (int i = 0; i < nv; i++) {
        memory[lambdaAt + i] = time.after() * lambda[i] + lambda[nv + i];
      }
      pullback.run(memory);
      System.arraycopy(memory, pullback.outputAt(), memory, yAt, nv);
    }

    /**
     * The product of the Hessian and a direction.
     *
     * @param direction how q, q̇ and q̇⁺ move, shape (3 nv). Not modified.
     * @param out shape (3 nv). Modified.
     */
    void multiply(double[] direction, double[] out) {
      System.arraycopy(direction, 0, memory, directionAt, 3 * nv);
      product.run(memory);
      System.arraycopy(memory, product.outputAt(), out, 0, 3 * nv);
    }
  }
}
