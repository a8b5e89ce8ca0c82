package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One integrator step, implicit in velocity: q̇⁺ = q̇ + h q̈ with forces that may depend on q̇⁺,
 * and q⁺ as {@link TimeStep} says; with the exact derivative by the implicit function theorem.
 * Compiled for one model and one kind of step, when it is first asked for anything. Immutable; a
 * {@link Data} belongs to one thread.
 *
 * <p>Inertia is taken at the step's configuration, velocity products with the velocities of its
 * start. If every force law is affine in q̇⁺ the step is one linear solve, otherwise Newton's
 * method, its steps shortened until the residual falls.
 *
 * <p>Where that gets stuck, as it does where friction saturates within a small velocity, and the
 * residual ρ is the gradient of a strictly convex function of q̇⁺, as contact and limits make it,
 * Newton's method goes on by line searches on that function: on its slope dᵀρ along the step d,
 * which needs no value of it. The function falls in every step, by a part of what there is to gain
 * (Boyd and Vandenberghe 2004, 9.5.3), so the solution is found from anywhere. What remains is
 * round-off, and laws that are no gradient.
 */
public final class ImplicitStep {
  /** Newton steps by the residual, and as many by the slope. */
  private static final int MAX_NEWTON = 200;

  private static final int MAX_HALVINGS = 30;

  /** Evaluations of the residual that most integrator steps take. */
  private static final double USUAL_NEWTON = 4;

  /**
   * A last change of velocity, relative to 1 m/s or rad/s and the greatest velocity: what it leaves
   * to change is about its square.
   */
  private static final double TOLERANCE = 1e-8;

  /** Least fall of the residual's square, as a fraction of the step's length (Armijo's rule). */
  private static final double LEAST_FALL = 1e-4;

  /**
   * Where a line search by the slope may end, as fractions of the slope that it starts with: half
   * way down, or as good as at the bottom.
   */
  private static final double STEEPEST_END = 0.5;

  private static final double LEAST_RISE = -1e-6;

  private static final int MAX_TRIALS = 100;

  /** One in so many line searches by the slope goes on in the direction of those before it. */
  private static final int PATTERN = 3;

  private final int nv;
  private final int nu;
  private final TimeStep time;
  private final PlanarModel model;
  private final List<ForceModel> laws;
  private final List<Motor> motors;
  private volatile @Nullable Kernels kernels;
  private volatile @Nullable StepCurvature curvature;

  /** What is compiled; without {@code newton} where one linear solve is the step. */
  private record Kernels(Kernel value, Kernel partials, @Nullable Newton newton) {
    double newtonOperations() {
      return newton == null
          ? 0
          : newton.start().operations() + USUAL_NEWTON * newton.step().operations();
    }
  }

  /**
   * Newton's method.
   *
   * @param start what does not depend on the guess, for all kernels that run after it
   * @param step the step from a guess, and the residual there
   */
  private record Newton(Kernel start, Kernel step) {}

  /**
   * Takes what a step is made of.
   *
   * @param forceModels force laws beside gravity, joints and motors
   * @param motors in the order of the action
   * @param step its length and method
   */
  public ImplicitStep(
      PlanarModel model, List<ForceModel> forceModels, List<Motor> motors, TimeStep step) {
    if (!(step.h() > 0)) {
      throw new IllegalArgumentException("step h = " + step.h() + " s must be positive");
    }
    time = step;
    this.model = model;
    laws = List.copyOf(forceModels);
    this.motors = List.copyOf(motors);
    nv = model.nv();
    nu = motors.size();
    StepSlope.form(this); // a law that does not fit the model says so
  }

  /**
   * The kernels, compiled by whoever asks first. (Two that ask at once may both compile: a
   * compilation pauses, and nobody waits for one that does.)
   */
  private Kernels kernels() {
    Kernels known = kernels;
    if (known == null) {
      known = compile();
      kernels = known;
    }
    return known;
  }

  private Kernels compile() {
    SymbolicDynamics dynamics = new SymbolicDynamics(model, laws, motors, time);
    List<Expr> outputs = new ArrayList<>(List.of(dynamics.solution()));
    outputs.addAll(List.of(dynamics.nextPositions()));
    Expr[][] byState = new Expr[2 * nv][2 * nv];
    Expr[][] byTorque = new Expr[2 * nv][nu];
    tangent(dynamics.partials(), byState, byTorque);
    List<Expr> fx = flat(byState);
    List<Expr> fu = flat(byTorque);
    Newton newton = null;
    List<Expr> lasting = List.of();
    if (!dynamics.affine) {
      List<Expr> wanted = newtonOutputs(dynamics);
      List<Expr> others = Stream.of(outputs, fx, fu).flatMap(List::stream).toList();
      lasting = KernelCompiler.lasting(dynamics.graph, dynamics.guess, wanted, others);
      newton =
          new Newton(
              KernelCompiler.compile(dynamics.graph, lasting),
              KernelCompiler.compile(dynamics.graph, lasting, wanted, List.of(), List.of()));
    }
    Kernel value = KernelCompiler.compile(dynamics.graph, lasting, outputs, List.of(), List.of());
    Kernel partials = KernelCompiler.compile(dynamics.graph, lasting, outputs, fx, fu);
    return new Kernels(value, partials, newton);
  }

  /** The Newton step, the square of the residual, and the residual. */
  private static List<Expr> newtonOutputs(SymbolicDynamics dynamics) {
    List<Expr> outputs = new ArrayList<>(List.of(dynamics.newtonStep()));
    outputs.add(dynamics.squaredResidual());
    outputs.addAll(List.of(dynamics.residual()));
    return outputs;
  }

  /**
   * From ∂q̇⁺/∂(q, q̇, τ), shape (nv, 2 nv + nu), all of ∂x⁺/∂(x, τ) with x = (q, q̇). Modified:
   * {@code byState}, shape (2 nv, 2 nv), and {@code byTorque}, shape (2 nv, nu).
   */
  private void tangent(Expr[][] partials, Expr[][] byState, Expr[][] byTorque) {
    for (int i = 0; i < nv; i++) {
      for (int j = 0; j < 2 * nv; j++) {
        byState[nv + i][j] = partials[i][j];
        byState[i][j] =
            partials[i][j].times(time.after()).plus(i == j ? 1 : j == nv + i ? time.before() : 0);
      }
      for (int j = 0; j < nu; j++) {
        byTorque[nv + i][j] = partials[i][2 * nv + j];
        byTorque[i][j] = partials[i][2 * nv + j].times(time.after());
      }
    }
  }

  private static List<Expr> flat(Expr[][] rows) {
    return Arrays.stream(rows).flatMap(Arrays::stream).toList();
  }

  /** Scratch memory for one thread; allocates. */
  public Data newData() {
    return new Data();
  }

  /** Length and method. */
  public TimeStep time() {
    return time;
  }

  /**
   * Arithmetic operations of {@link Data#advance}, about: a few Newton steps where it takes any.
   */
  double operations() {
    return kernels().value().operations() + kernels().newtonOperations();
  }

  /** Arithmetic operations of {@link Data#advanceAndDifferentiate}, about. */
  double derivativeOperations() {
    return kernels().partials().operations() + kernels().newtonOperations();
  }

  /** Its second derivatives, compiled as the kernels are. */
  StepCurvature curvature() {
    StepCurvature known = curvature;
    if (known == null) {
      known = new StepCurvature(model, laws, motors, time);
      curvature = known;
    }
    return known;
  }

  /**
   * Its derivative by a number that it was made with; compiles.
   *
   * @param variants steps made alike with other values of that number
   * @param offsets these values less its own, all different
   * @return empty if the variants differ in more than constants
   */
  Optional<StepSlope> slope(List<ImplicitStep> variants, double[] offsets) {
    return StepSlope.compile(this, variants, offsets);
  }

  PlanarModel model() {
    return model;
  }

  List<ForceModel> laws() {
    return laws;
  }

  List<Motor> motors() {
    return motors;
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
    private final Kernel value = kernels().value();
    private final Kernel partials = kernels().partials();
    private final @Nullable Newton newton = kernels().newton();
    private final double[] memory;
    private final int at = value.outputAt();
    private final int guess = 2 * nv + nu;
    private final double[] from = new double[nv];
    private final double[] step = new double[nv];
    private final double[] earlier = new double[nv];

    private Data() {
      int size = Math.max(value.memorySize(), partials.memorySize());
      if (newton != null) {
        size = Math.max(size, newton.start().memorySize());
        size = Math.max(size, newton.step().memorySize());
      }
      memory = new double[size];
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
      return (newton == null || solve(newton.start(), newton.step())) && run(value, memory, memory);
    }

    /**
     * Advances the state by one step and differentiates it.
     *
     * @param fx ∂x⁺/∂x, shape (2 nv, 2 nv). Modified.
     * @param fu ∂x⁺/∂u, shape (2 nv, nu). Modified.
     * @return as {@link #advance}
     */
    public boolean advanceAndDifferentiate(double[] fx, double[] fu) {
      return (newton == null || solve(newton.start(), newton.step())) && run(partials, fx, fu);
    }

    /** Copies the state, q then q̇. */
    public void get(double[] x, int xAt) {
      System.arraycopy(memory, 0, x, xAt, 2 * nv);
    }

    private boolean run(Kernel kernel, double[] fx, double[] fu) {
      kernel.run(memory, fx, fu);
      double sum = 0;
      for (int i = 0; i < nv; i++) {
        memory[nv + i] = memory[at + i];
        memory[i] = memory[at + nv + i];
        sum += 0 * memory[i] + 0 * memory[nv + i]; // NaN unless both are finite
      }
      return sum == 0;
    }

    /**
     * Newton's method on the accelerations, started from zero: by the residual for as long as it
     * falls, then by the slope.
     */
    private boolean solve(Kernel start, Kernel newton) {
      start.run(memory);
      Arrays.fill(memory, guess, guess + nv, 0);
      newton.run(memory);
      boolean falls = true;
      int descents = 0;
      for (int iteration = 0; iteration < 2 * MAX_NEWTON; iteration++) {
        double size = 0;
        double speed = 1;
        for (int i = 0; i < nv; i++) {
          from[i] = memory[guess + i];
          step[i] = memory[at + i];
          size = Math.max(size, time.h() * Math.abs(step[i]));
          speed = Math.max(speed, Math.abs(memory[nv + i] + time.h() * from[i]));
        }
        if (!(size < Double.MAX_VALUE)) {
          return false;
        }
        if (size < TOLERANCE * speed) {
          move(1);
          return true;
        }
        falls = falls && iteration < MAX_NEWTON && search(newton, memory[at + nv]);
        if (!falls) {
          boolean leaps = descents++ % PATTERN == PATTERN - 1;
          if (descents % PATTERN == 1) {
            System.arraycopy(from, 0, earlier, 0, nv);
          }
          if (!(leaps && leap(newton)) && !descend(newton)) {
            return false;
          }
        }
      }
      return false;
    }

    /**
     * Moves in the direction of the last two moves together: Newton steps that go to and fro
     * between two corners of the function make little way along the valley. False, and nothing
     * moved, if that does not lead down.
     */
    private boolean leap(Kernel newton) {
      for (int i = 0; i < nv; i++) {
        step[i] = from[i] - earlier[i];
      }
      if (descend(newton)) {
        return true;
      }
      move(0);
      newton.run(memory);
      System.arraycopy(memory, at, step, 0, nv);
      return false;
    }

    /** Moves along the Newton step until the residual falls; false if it does not. */
    private boolean search(Kernel newton, double residual) {
      double length = 1;
      for (int halving = 0; halving < MAX_HALVINGS; halving++) {
        move(length);
        newton.run(memory);
        if (memory[at + nv] <= (1 - LEAST_FALL * length) * residual) {
          return true;
        }
        length /= 2;
      }
      return false;
    }

    /**
     * Moves along the step to where the slope is nearly 0: doubles the length until it changes
     * sign, then takes the secant and the middle by turns. False if the slope is not negative to
     * begin with, or does not behave.
     */
    private boolean descend(Kernel newton) {
      double start = slope(newton, 0);
      if (!(start < 0)) {
        return false;
      }
      double low = 0;
      double lowSlope = start;
      double high = Double.POSITIVE_INFINITY;
      double highSlope = 0;
      double length = 1;
      for (int trial = 0; trial < MAX_TRIALS; trial++) {
        double slope = slope(newton, length);
        if (STEEPEST_END * start <= slope && slope <= LEAST_RISE * start) {
          return true;
        }
        if (slope > 0) {
          high = length;
          highSlope = slope;
        } else {
          low = length;
          lowSlope = slope;
        }
        if (high == Double.POSITIVE_INFINITY) {
          length *= 2;
        } else if (trial % 2 == 0) {
          length = (low + high) / 2;
        } else {
          length = low + (high - low) * lowSlope / (lowSlope - highSlope);
        }
      }
      return false;
    }

    /** dᵀρ at {@code length} along the step d. */
    private double slope(Kernel newton, double length) {
      move(length);
      newton.run(memory);
      double sum = 0;
      for (int i = 0; i < nv; i++) {
        sum += step[i] * memory[at + nv + 1 + i];
      }
      return sum;
    }

    private void move(double length) {
      for (int i = 0; i < nv; i++) {
        memory[guess + i] = from[i] + length * step[i];
      }
    }
  }
}
