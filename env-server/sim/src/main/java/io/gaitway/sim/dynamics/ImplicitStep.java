package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One integrator step, implicit in velocity: q̇⁺ = q̇ + h q̈ with forces that may depend on q̇⁺,
 * then q⁺ = q + h q̇⁺; with the exact derivative by the implicit function theorem. Compiled for one
 * model and one h. Immutable; a {@link Data} belongs to one thread.
 *
 * <p>Inertia and the velocity-product terms are taken at the start of the step. If every force law
 * is affine in q̇⁺ the step is one linear solve, otherwise Newton's method.
 */
public final class ImplicitStep {
  private static final int MAX_NEWTON = 50;
  private static final double TOLERANCE = 1e-12;

  private final int nv;
  private final int nu;
  private final int width;
  private final double h;
  private final Kernel value;
  private final Kernel partials;
  private final @Nullable Kernel newton;

  /**
   * Compiles; allocates.
   *
   * @param forceModels force laws beside gravity, armature, damping and actuation
   * @param actuated hinges that carry an actuator, in the order of the action
   * @param h step, s
   */
  public ImplicitStep(
      PlanarModel model, List<ForceModel> forceModels, List<Integer> actuated, double h) {
    if (!(h > 0)) {
      throw new IllegalArgumentException("step h = " + h + " s must be positive");
    }
    this.h = h;
    SymbolicDynamics dynamics = new SymbolicDynamics(model, forceModels, actuated, h);
    nv = dynamics.nv;
    nu = dynamics.nu;
    width = 2 * nv + nu;
    Expr[] qdd = dynamics.acceleration();
    List<Expr> outputs = new ArrayList<>();
    for (int i = 0; i < nv; i++) {
      outputs.add(dynamics.qd[i].plus(qdd[i].times(h)));
    }
    for (int i = 0; i < nv; i++) {
      outputs.add(dynamics.q[i].plus(outputs.get(i).times(h)));
    }
    value = KernelCompiler.compile(dynamics.graph, outputs);
    Expr[][] qddDz = dynamics.partials();
    for (int i = 0; i < nv; i++) {
      for (int j = 0; j < width; j++) {
        Expr entry = qddDz[i][j].times(h);
        outputs.add(j == nv + i ? entry.plus(1) : entry);
      }
    }
    partials = KernelCompiler.compile(dynamics.graph, outputs);
    newton =
        dynamics.affine
            ? null
            : KernelCompiler.compile(dynamics.graph, List.of(dynamics.newtonStep()));
  }

  /** Scratch memory for one thread; allocates. */
  public Data newData() {
    return new Data();
  }

  /** Step length, s. */
  public double h() {
    return h;
  }

  /** Number of generalised velocities. */
  public int nv() {
    return nv;
  }

  /** Number of torques. */
  public int nu() {
    return nu;
  }

  /** State, results and scratch of one thread. The state sits at the front of the memory. */
  public final class Data {
    private final double[] memory;
    private final int at = value.outputAt();

    private Data() {
      int size = Math.max(value.memorySize(), partials.memorySize());
      memory = new double[newton == null ? size : Math.max(size, newton.memorySize())];
    }

    /** Sets state (q then q̇, shape 2 nv) and torques (N m, shape nu). */
    public void set(double[] x, int xAt, double[] u, int uAt) {
      System.arraycopy(x, xAt, memory, 0, 2 * nv);
      System.arraycopy(u, uAt, memory, 2 * nv, nu);
    }

    /**
     * Advances the state by one step.
     *
     * @return false if Newton's method failed or a result is not finite; the state is then
     *     unspecified
     */
    public boolean advance() {
      return solve() && run(value);
    }

    /**
     * Advances the state by one step and computes the step's derivatives, read by {@link
     * #qdNextDz}.
     *
     * @return as {@link #advance}
     */
    public boolean advanceAndDifferentiate() {
      return solve() && run(partials);
    }

    /** Copies the state, q then q̇. */
    public void get(double[] x, int xAt) {
      System.arraycopy(memory, 0, x, xAt, 2 * nv);
    }

    /** ∂q̇⁺_i/∂z_j with z = (q, q̇, τ) at the start of the last step. */
    public double qdNextDz(int i, int j) {
      return memory[at + 2 * nv + i * width + j];
    }

    /** Copies row {@code i} of ∂q̇⁺/∂z, shape (2 nv + nu). */
    void copyTangentRow(int i, double[] row, int rowAt) {
      System.arraycopy(memory, at + 2 * nv + i * width, row, rowAt, width);
    }

    private boolean run(Kernel kernel) {
      kernel.run(memory);
      double sum = 0;
      for (int i = 0; i < nv; i++) {
        memory[nv + i] = memory[at + i];
        memory[i] = memory[at + nv + i];
        sum += 0 * memory[i] + 0 * memory[nv + i]; // NaN unless both are finite
      }
      return sum == 0;
    }

    /** Newton's method on the accelerations, started from zero; nothing to do for a linear step. */
    private boolean solve() {
      if (newton == null) {
        return true;
      }
      int guess = 2 * nv + nu;
      Arrays.fill(memory, guess, guess + nv, 0);
      for (int iteration = 0; iteration < MAX_NEWTON; iteration++) {
        newton.run(memory);
        double size = 0;
        for (int i = 0; i < nv; i++) {
          memory[guess + i] += memory[at + i];
          size = Math.max(size, Math.abs(memory[at + i]));
        }
        if (!(size < Double.MAX_VALUE)) {
          return false;
        }
        if (h * size < TOLERANCE) {
          return true;
        }
      }
      return false;
    }
  }
}
