package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import io.gaitway.sim.symbolic.Kernel;
import io.gaitway.sim.symbolic.KernelCompiler;
import java.util.ArrayList;
import java.util.List;

/**
 * The ground's forces in an integrator step that {@link ImplicitStep} has taken, from the formula
 * that the step was solved with: {@link GroundContact} in the step's configuration, with the
 * velocities of its two ends. Compiled for one model and one kind of step. Immutable; a memory
 * array belongs to one thread.
 */
public final class ContactForces {
  private final int nv;
  private final int spheres;
  private final Kernel kernel;

  /**
   * Compiles; allocates.
   *
   * @param step the integrator steps
   */
  public ContactForces(PlanarModel model, GroundContact ground, TimeStep step) {
    nv = model.nv();
    Graph graph = new Graph();
    Expr[] q = graph.inputs(nv);
    Expr[] qd = graph.inputs(nv);
    Expr[] nextQd = graph.inputs(nv);
    Motion motion =
        new Motion(graph, model, q, qd, step).endingAt(Motion.absolute(graph, model, nextQd));
    List<GroundContact.Sphere> touching = GroundContact.spheres(model);
    spheres = touching.size();
    List<Expr> outputs = new ArrayList<>();
    for (GroundContact.Sphere sphere : touching) {
      Motion.Pair force = ground.force(motion, sphere);
      outputs.add(force.x());
      outputs.add(force.y());
    }
    kernel = KernelCompiler.compile(graph, outputs);
  }

  /** Scratch memory for one thread; allocates. */
  public double[] newMemory() {
    return kernel.newMemory();
  }

  /**
   * Evaluates one step.
   *
   * @param memory scratch. Modified.
   * @param start state that the integrator step starts from, shape (2 nv). Not modified.
   * @param end state that it leads to, shape (2 nv). Not modified.
   * @param out force on every sphere of {@link GroundContact#spheres} along x, then along y, N;
   *     shape (spheres, 2), from {@code outAt} on. Modified.
   */
  public void evaluate(double[] memory, double[] start, double[] end, double[] out, int outAt) {
    System.arraycopy(start, 0, memory, 0, 2 * nv);
    System.arraycopy(end, nv, memory, 2 * nv, nv);
    kernel.run(memory);
    System.arraycopy(memory, kernel.outputAt(), out, outAt, 2 * spheres);
  }
}
