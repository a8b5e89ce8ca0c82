package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import java.util.ArrayList;
import java.util.List;

/**
 * The continuous-time dynamics q̈ = f(q, q̇, τ) of a model and their exact partial derivatives,
 * compiled for that model. Immutable; a {@link Data} belongs to one thread.
 */
public final class ForwardDynamics {
  private final int nv;
  private final int nu;
  private final Kernel value;
  private final Kernel partials;

  /**
   * Compiles; allocates.
   *
   * @param forceModels force laws beside gravity, joints and motors; each affine in the velocity at
   *     the step's end
   * @param motors in the order of the action
   */
  public ForwardDynamics(PlanarModel model, List<ForceModel> forceModels, List<Motor> motors) {
    SymbolicDynamics dynamics = new SymbolicDynamics(model, forceModels, motors, TimeStep.INSTANT);
    nv = dynamics.nv;
    nu = dynamics.nu;
    List<Expr> outputs = new ArrayList<>(List.of(dynamics.solution()));
    value = KernelCompiler.compile(dynamics.graph, outputs);
    for (Expr[] row : dynamics.partials()) {
      outputs.addAll(List.of(row));
    }
    partials = KernelCompiler.compile(dynamics.graph, outputs);
  }

  /** Scratch memory for one thread; allocates. */
  public Data newData() {
    return new Data();
  }

  /**
   * Accelerations, read from {@link Data#qdd} afterwards.
   *
   * @param data Modified.
   * @param q coordinates, shape (nv). Not modified.
   * @param qd their rates, shape (nv). Not modified.
   * @param tau actuator torques, N m, shape (nu). Not modified.
   */
  public void evaluate(Data data, double[] q, double[] qd, double[] tau) {
    data.run(value, q, qd, tau);
  }

  /** Accelerations and their partial derivatives; arguments as in {@link #evaluate}. */
  public void differentiate(Data data, double[] q, double[] qd, double[] tau) {
    data.run(partials, q, qd, tau);
  }

  /** Results of the last call, and scratch. */
  public final class Data {
    private final double[] memory = new double[Math.max(value.memorySize(), partials.memorySize())];
    private final int at = value.outputAt();

    private void run(Kernel kernel, double[] q, double[] qd, double[] tau) {
      System.arraycopy(q, 0, memory, 0, nv);
      System.arraycopy(qd, 0, memory, nv, nv);
      System.arraycopy(tau, 0, memory, 2 * nv, nu);
      kernel.run(memory);
    }

    /** Acceleration of coordinate {@code i}, m/s² or rad/s². */
    public double qdd(int i) {
      return memory[at + i];
    }

    /** ∂q̈_i/∂q_j. */
    public double qddDq(int i, int j) {
      return partial(i, j);
    }

    /** ∂q̈_i/∂q̇_j. */
    public double qddDqd(int i, int j) {
      return partial(i, nv + j);
    }

    /** ∂q̈_i/∂τ_j. */
    public double qddDtau(int i, int j) {
      return partial(i, 2 * nv + j);
    }

    private double partial(int i, int j) {
      return memory[at + nv + i * (2 * nv + nu) + j];
    }
  }
}
