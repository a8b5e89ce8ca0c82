package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.Motion;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Derivatives;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A cost Σ_i w_i ρ_i(quantity_i − target_i) of states and actions, with gradient and Hessians,
 * compiled. Immutable; a memory array belongs to one thread.
 */
final class Objective {

  /**
   * One term of the cost.
   *
   * @param name for people
   * @param quantity what is compared with the target; a term of several components is their sum
   * @param penalty ρ
   * @param weight w
   * @param target value at which the residual vanishes
   */
  record Term(String name, Quantity quantity, Penalty penalty, double weight, double target) {}

  private final int nx;
  private final int nu;

  /** Length of z: state and action, and the next state where a term needs it. */
  private final int nz;

  private final int termCount;

  /** The cost, then its terms. */
  private final Kernel value;

  private final Kernel exact;
  private final Kernel gaussNewton;

  /**
   * Compiles; allocates.
   *
   * @param names of the states and of the actions that the terms may use, none for a terminal cost
   * @param failures what ends an episode, any of them
   */
  Objective(
      PlanarModel model,
      Quantity.Names names,
      List<Term> terms,
      List<PlanarEnvironment.Failure> failures) {
    nx = 2 * model.nv();
    nu = names.action().size();
    Graph graph = new Graph();
    Expr[] q = graph.inputs(model.nv());
    Expr[] qd = graph.inputs(model.nv());
    Expr[] u = graph.inputs(nu);
    Expr[] z = concatenate(concatenate(q, qd), u);
    Motion motion = Motion.instantaneous(graph, model, q, qd);
    Quantity.Scene scene = new Quantity.Scene(names, motion, z, null, failures);
    if (terms.stream().anyMatch(term -> term.quantity().isDisplacement())) {
      Expr[] nextQ = graph.inputs(model.nv());
      Expr[] nextQd = graph.inputs(model.nv());
      Motion nextMotion = Motion.instantaneous(graph, model, nextQ, nextQd);
      Expr[] next = concatenate(nextQ, nextQd);
      Quantity.Names stateOnly = new Quantity.Names(names.state(), List.of());
      scene =
          new Quantity.Scene(
              names,
              motion,
              z,
              new Quantity.Scene(stateOnly, nextMotion, next, null, failures),
              failures);
      z = concatenate(z, next);
    }
    nz = z.length;

    Expr cost = graph.zero();
    List<Expr> values = new ArrayList<>();
    Expr[][] gaussNewtonHessian = new Expr[z.length][z.length];
    for (Expr[] row : gaussNewtonHessian) {
      Arrays.fill(row, graph.zero());
    }
    for (Term term : terms) {
      Expr sum = graph.zero();
      for (Expr component : term.quantity().at(scene)) {
        Expr residual = component.plus(-term.target());
        Expr summand = term.penalty().value(residual).times(term.weight());
        cost = cost.plus(summand);
        sum = sum.plus(summand);
        Expr[] slope = Derivatives.jacobian(new Expr[] {residual}, z)[0];
        for (int i = 0; i < z.length; i++) {
          for (int j = 0; j < z.length; j++) {
            Expr curvature = term.penalty().curvature(term.weight(), residual, slope[i], slope[j]);
            gaussNewtonHessian[i][j] = gaussNewtonHessian[i][j].plus(curvature);
          }
        }
      }
      values.add(sum);
    }
    Expr[] gradient = Derivatives.jacobian(new Expr[] {cost}, z)[0];
    termCount = values.size();
    values.add(0, cost);
    value = KernelCompiler.compile(graph, values);
    exact = compile(graph, cost, gradient, Derivatives.jacobian(gradient, z));
    gaussNewton = compile(graph, cost, gradient, gaussNewtonHessian);
  }

  private Kernel compile(Graph graph, Expr cost, Expr[] gradient, Expr[][] hessian) {
    List<Expr> outputs = new ArrayList<>(List.of(cost));
    outputs.addAll(List.of(gradient));
    if (isDisplaced()) {
      for (Expr[] row : hessian) {
        outputs.addAll(List.of(row));
      }
      return KernelCompiler.compile(graph, outputs);
    }
    List<Expr> byState = new ArrayList<>();
    List<Expr> byActionAndState = new ArrayList<>();
    for (int i = 0; i < nx; i++) {
      byState.addAll(List.of(hessian[i]).subList(0, nx));
    }
    for (int i = nx; i < nx + nu; i++) {
      byActionAndState.addAll(List.of(hessian[i]).subList(0, nx));
      outputs.addAll(List.of(hessian[i]).subList(nx, nx + nu));
    }
    return KernelCompiler.compile(graph, List.of(), outputs, byState, byActionAndState);
  }

  private static Expr[] concatenate(Expr[] a, Expr[] b) {
    Expr[] result = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, result, a.length, b.length);
    return result;
  }

  /** Whether a term needs the state at the end of the step. */
  boolean isDisplaced() {
    return nz > nx + nu;
  }

  /** Additions and multiplications of {@link #value}, about. */
  int operations() {
    return value.operations();
  }

  /** Additions and multiplications of {@link #differentiate}, about. */
  int derivativeOperations() {
    return exact.operations();
  }

  /** Scratch memory for one thread; allocates. */
  double[] newMemory() {
    int size = Math.max(exact.memorySize(), gaussNewton.memorySize());
    return new double[Math.max(value.memorySize(), size)];
  }

  /**
   * The cost at state {@code x}, action {@code u} and, if {@link #isDisplaced}, next state {@code
   * xNext}. Modified: memory.
   */
  double value(double[] memory, double[] x, int xAt, double[] u, int uAt, double[] xNext) {
    return value(memory, x, xAt, u, uAt, xNext, 0);
  }

  /** The same with the next state from {@code xNextAt} on. */
  double value(
      double[] memory, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
    System.arraycopy(xNext, xNextAt, memory, nx + nu, nx);
    return value(memory, x, xAt, u, uAt);
  }

  /**
   * Gradient and Hessian by z = (x, u, xNext), where {@link #isDisplaced}.
   *
   * @param memory Modified.
   * @param gradient shape (nz). Modified.
   * @param hessianOut shape (nz, nz). Modified.
   * @return the cost
   */
  double differentiate(
      double[] memory,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      double[] xNext,
      CostHessian hessian,
      double[] gradient,
      double[] hessianOut) {
    Kernel kernel = hessian == CostHessian.EXACT ? exact : gaussNewton;
    System.arraycopy(xNext, 0, memory, nx + nu, nx);
    run(kernel, memory, x, xAt, u, uAt);
    int at = take(memory, kernel.outputAt() + 1, nz, gradient);
    take(memory, at, nz * nz, hessianOut);
    return memory[kernel.outputAt()];
  }

  /** The cost at state {@code x}, action {@code u}. Modified: memory. */
  double value(double[] memory, double[] x, int xAt, double[] u, int uAt) {
    run(value, memory, x, xAt, u, uAt);
    return memory[value.outputAt()];
  }

  /**
   * Writes cost, gradient and Hessian to {@code out}; without actions only l, lx and lxx. Modified:
   * memory, out.
   */
  void differentiate(
      double[] memory,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      CostHessian hessian,
      Linearization out) {
    Kernel kernel = hessian == CostHessian.EXACT ? exact : gaussNewton;
    run(kernel, memory, x, xAt, u, uAt, out.lxx, out.lux);
    int at = kernel.outputAt();
    out.l = memory[at++];
    at = take(memory, at, nx, out.lx);
    at = take(memory, at, nu, out.lu);
    take(memory, at, nu * nu, out.luu);
  }

  /**
   * Writes the terms of the cost that {@code value} computed last in this memory; their sum is that
   * cost but for rounding.
   *
   * @param out shape (terms), from {@code outAt} on. Modified.
   */
  void terms(double[] memory, double[] out, int outAt) {
    System.arraycopy(memory, value.outputAt() + 1, out, outAt, termCount);
  }

  private static int take(double[] memory, int at, int count, double[] into) {
    System.arraycopy(memory, at, into, 0, count);
    return at + count;
  }

  private void run(Kernel kernel, double[] memory, double[] x, int xAt, double[] u, int uAt) {
    run(kernel, memory, x, xAt, u, uAt, memory, memory);
  }

  private void run(
      Kernel kernel,
      double[] memory,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      double[] first,
      double[] second) {
    System.arraycopy(x, xAt, memory, 0, nx);
    System.arraycopy(u, uAt, memory, nx, nu);
    kernel.run(memory, first, second);
  }
}
