package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import java.util.List;

/**
 * The equations of motion of a planar tree in absolute link angles: inertia less forces, which
 * vanishes at the true motion. The unknown is the acceleration where the motion is instantaneous (h
 * = 0), and else the velocity at the step's end, v⁺, of which the acceleration is (v⁺ − v)/h: what
 * depends on v⁺ alone then does not enter the derivatives by v.
 *
 * <p>With constant offsets d_ik along the path from the root to link i's centre of mass, S_k = Σ_i
 * m_i d_ik, A_kl = Σ_i m_i d_ik·d_il, B_kl = Σ_i m_i d_ik×d_il and Δ = φ_l − φ_k, the inertia's row
 * k is Σ_l (A cos Δ − B sin Δ) α_l − Σ_l (A sin Δ + B cos Δ) ω_l² + (lever of S_k)·a_root + I_k
 * α_k; the root's rows are Newton's second law for the whole. A {@link Joint} acts on its
 * coordinate: armature and damping on its rate, and the spring, −k (q⁺ − q_rest), on its value at
 * the step's end, q⁺ = q_c + after q̇⁺, which leaves it linear and stable. A coordinate that does
 * not move has neither an unknown nor a row: in absolute coordinates, what holds it enters no other
 * row.
 */
final class EquationsOfMotion {
  private final Graph graph;
  private final PlanarModel model;
  private final Motion motion;
  private final List<ForceModel> forceModels;
  private final List<Motor> motors;
  private final Expr[] controls;

  /** Acceleration per change of the unknown; folded into constants, it costs nothing. */
  private final double perChange;

  /**
   * Gathers the parts.
   *
   * @param motion the motion in one step, or at an instant
   * @param forceModels force laws beside gravity, joints and motors
   * @param motors in the order of the action
   * @param controls the action
   */
  EquationsOfMotion(
      Motion motion, List<ForceModel> forceModels, List<Motor> motors, Expr[] controls) {
    this.graph = motion.graph();
    this.model = motion.model();
    this.motion = motion;
    this.forceModels = forceModels;
    this.motors = motors;
    this.controls = controls;
    perChange = motion.step().h() > 0 ? 1 / motion.step().h() : 1;
  }

  /** The residual: {@link #inertia} less {@link #forces}. */
  Expr[] residual(Expr[] unknown) {
    Expr[] rows = inertia(unknown);
    Expr[] forces = forces(ending(unknown));
    for (int i = 0; i < rows.length; i++) {
      rows[i] = rows[i].minus(forces[i]);
    }
    return rows;
  }

  /** The motion that the forces see: with the unknown for the velocity at the step's end. */
  Motion ending(Expr[] unknown) {
    return motion.step().h() > 0 ? motion.endingAt(motion.absolute(unknown)) : motion;
  }

  /**
   * Generalised forces: the laws, motors, dampers and springs; shape (nv).
   *
   * @param moving what {@link #ending} made
   */
  Expr[] forces(Motion moving) {
    GeneralizedForce forces = new GeneralizedForce(moving);
    for (ForceModel law : forceModels) {
      law.apply(moving, forces);
    }
    for (int j = 0; j < motors.size(); j++) {
      Motor motor = motors.get(j);
      forces.addEffort(motor.coordinate(), controls[j].times(motor.gear()));
    }
    for (int c = 0; c < model.nv(); c++) {
      Joint joint = model.joint(c);
      double atTheEnd = joint.damping() + joint.stiffness() * moving.step().after();
      Expr pull = moving.nextRate(c).times(atTheEnd);
      if (joint.stiffness() != 0) {
        Expr stretch = moving.coordinate(c).plus(-joint.rest());
        pull = pull.plus(stretch.times(joint.stiffness()));
      }
      forces.addEffort(c, pull.negate());
    }
    return motion.moving(forces.components());
  }

  /** Mass matrix times acceleration, velocity products, and weight; shape (nv). */
  Expr[] inertia(Expr[] unknown) {
    Expr[] change = motion.absolute(unknown);
    if (motion.step().h() > 0) {
      for (int i = 0; i < change.length; i++) {
        change[i] = change[i].minus(motion.velocities()[i]);
      }
    }
    Expr x = change[0].plus(-model.gravity().x() / perChange);
    Expr y = change[1].plus(-model.gravity().y() / perChange);
    Motion.Pair fall = new Motion.Pair(x, y);
    GeneralizedForce rotors = new GeneralizedForce(motion);
    Expr[] spins = motion.hinges(change);
    for (int k = 0; k < model.size(); k++) {
      rotors.addHingeTorque(k, spins[k].times(model.link(k).joint().armature() * perChange));
    }
    Expr[] rows = rotors.components();
    for (int i = 0; i < 2; i++) {
      Joint slide = i == 0 ? model.root().x() : model.root().y();
      rows[i] = change[i].times(slide == null ? 0 : slide.armature() * perChange);
    }
    rows[0] = rows[0].plus(x.times(model.mass() * perChange));
    rows[1] = rows[1].plus(y.times(model.mass() * perChange));
    for (int k = 0; k < model.size(); k++) {
      Vec2 s = firstMoment(k);
      Motion.Pair lever = motion.lever(k, Vec2.ZERO.plus(s, perChange));
      Expr spin = motion.angularVelocity(k).square().negate();
      Motion.Pair pull = lever.times(change[2 + k]).plus(motion.rotate(k, s).times(spin));
      rows[0] = rows[0].plus(pull.x());
      rows[1] = rows[1].plus(pull.y());
      Expr own = change[2 + k].times(model.link(k).inertia() * perChange);
      rows[2 + k] = rows[2 + k].plus(lever.dot(fall)).plus(own);
      for (int l = 0; l < model.size(); l++) {
        rows[2 + k] = rows[2 + k].plus(coupling(k, l, change));
      }
    }
    return motion.moving(rows);
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
  private Expr coupling(int k, int l, Expr[] change) {
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
      return change[2 + k].times(dot * perChange);
    }
    if (dot == 0 && cross == 0) {
      return graph.zero();
    }
    Expr cos = motion.cosBetween(k, l);
    Expr sin = motion.sinBetween(k, l);
    Expr inertial = cos.times(dot * perChange).minus(sin.times(cross * perChange));
    Expr centrifugal = sin.times(dot).plus(cos.times(cross));
    return inertial
        .times(change[2 + l])
        .minus(centrifugal.times(motion.angularVelocity(l).square()));
  }
}
