package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import io.gaitway.sim.symbolic.SymbolicSystem;
import io.gaitway.sim.symbolic.Variation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The derivative of one integrator step by a number p that it was made with, such as a mass or a
 * coefficient of friction; compiled. Immutable.
 *
 * <p>The velocity q̇⁺ solves ρ(q̇⁺; q, q̇, u, p) = 0 with ρ of {@link EquationsOfMotion}, so
 * ∂q̇⁺/∂p = −(∂ρ/∂q̇⁺)⁻¹ ∂ρ/∂p, with ∂ρ/∂p by {@link Variation}.
 */
public final class StepSlope {
  /** Reads state, action and next velocity; writes the slopes of q⁺, then of q̇⁺. */
  final Kernel kernel;

  private StepSlope(Kernel kernel) {
    this.kernel = kernel;
  }

  /** The equations of a step, in a graph of their own: next positions, then the residual. */
  static Expr[] form(ImplicitStep step) {
    return new Equations(new Graph(), step).outputs();
  }

  /** See {@link ImplicitStep#slope}. */
  static Optional<StepSlope> compile(
      ImplicitStep own, List<ImplicitStep> variants, double[] offsets) {
    int nv = own.nv();
    Graph graph = new Graph();
    Equations equations = new Equations(graph, own);
    List<Expr[]> alike = variants.stream().map(StepSlope::form).toList();
    Variation variation = new Variation(graph, equations.inputs, offsets);
    return variation.slopes(alike).map(slopes -> new StepSlope(compile(equations, slopes, nv)));
  }

  private static Kernel compile(Equations equations, Expr[] slopes, int nv) {
    Expr[] byNumber = new Expr[nv];
    for (int i = 0; i < nv; i++) {
      byNumber[i] = slopes[nv + i].negate();
    }
    Expr[] nextRates = equations.motion.toHinge(equations.solve(byNumber));
    double after = equations.motion.step().after();
    List<Expr> outputs = new ArrayList<>();
    for (int i = 0; i < nv; i++) {
      outputs.add(slopes[i].plus(nextRates[i].times(after)));
    }
    outputs.addAll(List.of(nextRates));
    return KernelCompiler.compile(equations.graph, outputs);
  }

  /** One step's equations in a graph of their own. */
  private static final class Equations {
    final Graph graph;
    final Motion motion;
    final Expr[] inputs;
    private final Expr[] nextPosition;
    private final Expr[] w;
    private final EquationsOfMotion equations;

    Equations(Graph graph, ImplicitStep of) {
      this.graph = graph;
      PlanarModel model = of.model();
      int nv = of.nv();
      TimeStep time = of.time();
      Expr[] q = graph.inputs(nv);
      Expr[] qd = graph.inputs(nv);
      Expr[] u = graph.inputs(of.nu());
      Expr[] nextQd = graph.inputs(nv);
      inputs = StepCurvature.concatenate(q, qd, u, nextQd);
      motion = new Motion(graph, model, q, qd, time);
      equations = new EquationsOfMotion(motion, of.laws(), of.motors(), u);
      w = StepCurvature.absolute(motion, nextQd);
      for (int i = 0; i < nv; i++) {
        w[i] = graph.variable(w[i]);
      }
      nextPosition = Motion.after(time.after(), Motion.after(time.before(), q, qd), nextQd);
    }

    /** q⁺, then the residual. */
    Expr[] outputs() {
      return StepCurvature.concatenate(nextPosition, equations.residual(w));
    }

    /** Solves ∂ρ/∂w x = b. */
    Expr[] solve(Expr[] b) {
      Motion ending = equations.ending(w);
      SymbolicSystem system =
          StepCurvature.system(
              equations.inertia(w), equations.forces(ending), w, ending.hingeMotion());
      return SymbolicDynamics.reversed(system.solve(SymbolicDynamics.reversed(b)));
    }
  }
}
