package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import java.util.List;

/**
 * The equations of motion of a planar tree in absolute link angles, as a residual that vanishes at
 * the true acceleration.
 *
 * <p>With constant offsets d_ik along the path from the root to link i's centre of mass, S_k = Σ_i
 * m_i d_ik, A_kl = Σ_i m_i d_ik·d_il, B_kl = Σ_i m_i d_ik×d_il and Δ = φ_l − φ_k, row k is Σ_l (A
 * cos Δ − B sin Δ) α_l − Σ_l (A sin Δ + B cos Δ) ω_l² + (lever of S_k)·(a_root − g) + I_k α_k −
 * Q_k; the root's rows are Newton's second law for the whole. Armature and damping act on hinge
 * rates.
 */
final class EquationsOfMotion {
  private final Graph graph;
  private final PlanarModel model;
  private final Motion motion;
  private final List<ForceModel> forceModels;
  private final List<Integer> actuated;
  private final Expr[] torques;

  /**
   * Gathers the parts.
   *
   * @param motion the instant
   * @param forceModels force laws beside gravity, damping and actuation
   * @param actuated hinges that carry an actuator, in the order of the action
   * @param torques actuator torques, N m
   */
  EquationsOfMotion(
      Motion motion, List<ForceModel> forceModels, List<Integer> actuated, Expr[] torques) {
    this.graph = motion.graph();
    this.model = motion.model();
    this.motion = motion;
    this.forceModels = forceModels;
    this.actuated = actuated;
    this.torques = torques;
  }

  /** The residual at absolute accelerations {@code a}; shape (nv). */
  Expr[] residual(Expr[] a) {
    Motion moving = motion.accelerated(a);
    GeneralizedForce forces = new GeneralizedForce(moving);
    for (ForceModel law : forceModels) {
      law.apply(moving, forces);
    }
    for (int j = 0; j < actuated.size(); j++) {
      forces.addHingeTorque(actuated.get(j), torques[j]);
    }
    for (int k = 0; k < model.size(); k++) {
      Link link = model.link(k);
      Expr rotor = hingeAcceleration(a, k).times(link.armature());
      Expr drag = moving.nextHingeVelocity(k).times(link.damping());
      forces.addHingeTorque(k, rotor.plus(drag).negate());
    }
    Expr ax = a[0].plus(-model.gravity().x());
    Expr ay = a[1].plus(-model.gravity().y());
    Motion.Pair rootAcceleration = new Motion.Pair(ax, ay);
    Expr[] rows = new Expr[model.nv()];
    rows[0] = ax.times(model.mass()).plus(a[0].times(model.rootArmature()));
    rows[1] = ay.times(model.mass()).plus(a[1].times(model.rootArmature()));
    for (int k = 0; k < model.size(); k++) {
      Vec2 s = firstMoment(k);
      Motion.Pair lever = motion.lever(k, s);
      Expr spin = motion.angularVelocity(k).square().negate();
      Motion.Pair pull = lever.times(a[2 + k]).plus(motion.rotate(k, s).times(spin));
      rows[0] = rows[0].plus(pull.x());
      rows[1] = rows[1].plus(pull.y());
      rows[2 + k] = lever.dot(rootAcceleration).plus(a[2 + k].times(model.link(k).inertia()));
      for (int l = 0; l < model.size(); l++) {
        rows[2 + k] = rows[2 + k].plus(coupling(k, l, a));
      }
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = rows[i].minus(forces.component(i));
    }
    return rows;
  }

  private Expr hingeAcceleration(Expr[] a, int k) {
    return motion.toHinge(a)[2 + k];
  }

  private Vec2 firstMoment(int k) {
    Vec2 s = Vec2.ZERO;
    for (int i = k; i < model.size(); i++) {
      if (model.path(i).contains(k)) {
        s = s.plus(model.offset(k, i, model.link(i).com()), model.link(i).mass());
      }
    }
    return s;
  }

  /** What link l's motion contributes to row k. */
  private Expr coupling(int k, int l, Expr[] a) {
    double dot = 0;
    double cross = 0;
    for (int i = Math.max(k, l); i < model.size(); i++) {
      List<Integer> path = model.path(i);
      if (path.contains(k) && path.contains(l)) {
        Link link = model.link(i);
        Vec2 dk = model.offset(k, i, link.com());
        Vec2 dl = model.offset(l, i, link.com());
        dot += link.mass() * (dk.x() * dl.x() + dk.y() * dl.y());
        cross += link.mass() * (dk.x() * dl.y() - dk.y() * dl.x());
      }
    }
    if (k == l) {
      return a[2 + k].times(dot);
    }
    if (dot == 0 && cross == 0) {
      return graph.zero();
    }
    Expr cos = motion.cosBetween(k, l);
    Expr sin = motion.sinBetween(k, l);
    Expr inertial = cos.times(dot).minus(sin.times(cross));
    Expr centrifugal = sin.times(dot).plus(cos.times(cross));
    return inertial.times(a[2 + l]).minus(centrifugal.times(motion.angularVelocity(l).square()));
  }
}
