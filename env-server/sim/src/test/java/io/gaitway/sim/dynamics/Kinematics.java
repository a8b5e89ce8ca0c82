package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;

/**
 * Momenta and energy of a model at one state, and their rates, summed body by body from frames that
 * are laid out link after link: none of the engine's formulas is used.
 *
 * <p>Rotors count as the Lagrangian has them: the root's slides and hinge turn against the world,
 * the others against their parents.
 */
final class Kinematics {
  /** Linear momentum, kg m/s, and its rate, N. */
  final double[] momentum = new double[2];

  final double[] momentumRate = new double[2];

  /** Angular momentum about the origin, kg m²/s, and its rate, N m. */
  double spin;

  double spinRate;

  /** Kinetic energy, J, and its rate, W. */
  double kinetic;

  double kineticRate;

  /** Potential energy in gravity, J, and its rate, W. */
  double potential;

  double potentialRate;

  /** Lowest vertex of any link's shapes, m. */
  double lowest = Double.POSITIVE_INFINITY;

  private final PlanarModel model;

  /**
   * Evaluates.
   *
   * @param state q then q̇, shape (2 nv)
   * @param accelerations shape (nv)
   */
  Kinematics(PlanarModel model, double[] state, double[] accelerations) {
    this.model = model;
    int n = model.size();
    int nv = 2 + n;
    double[] x = spread(model, state);
    double[] qdd = spread(model, accelerations);
    double[][] origin = new double[n][];
    double[][] originV = new double[n][];
    double[][] originA = new double[n][];
    double[] phi = new double[n];
    double[] omega = new double[n];
    double[] alpha = new double[n];
    for (int i = 0; i < n; i++) {
      Link link = model.link(i);
      int p = link.parent();
      if (p < 0) {
        origin[i] = new double[] {link.hinge().x() + x[0], link.hinge().y() + x[1]};
        originV[i] = new double[] {x[nv], x[nv + 1]};
        originA[i] = new double[] {qdd[0], qdd[1]};
      } else {
        double[] arm = rotated(phi[p], link.hinge());
        origin[i] = plus(origin[p], arm);
        originV[i] = plus(originV[p], new double[] {-omega[p] * arm[1], omega[p] * arm[0]});
        originA[i] = plus(originA[p], acceleration(arm, omega[p], alpha[p]));
      }
      phi[i] = (p < 0 ? 0 : phi[p]) + link.angle() + link.axis() * x[2 + i];
      omega[i] = (p < 0 ? 0 : omega[p]) + link.axis() * x[nv + 2 + i];
      alpha[i] = (p < 0 ? 0 : alpha[p]) + link.axis() * qdd[2 + i];
      double[] arm = rotated(phi[i], link.com());
      double[] v = plus(originV[i], new double[] {-omega[i] * arm[1], omega[i] * arm[0]});
      body(
          link.mass(),
          link.inertia(),
          plus(origin[i], arm),
          v,
          plus(originA[i], acceleration(arm, omega[i], alpha[i])),
          omega[i],
          alpha[i]);
      double rotor = link.joint().armature();
      kinetic += rotor * square(x[nv + 2 + i]) / 2;
      kineticRate += rotor * x[nv + 2 + i] * qdd[2 + i];
      for (Shape shape : link.shapes()) {
        for (Vec2 vertex : shape.vertices()) {
          lowest = Math.min(lowest, origin[i][1] + rotated(phi[i], vertex)[1]);
        }
      }
    }
    Joint[] slides = {model.root().x(), model.root().y()};
    for (int i = 0; i < 2; i++) {
      double rotor = slides[i] == null ? 0 : slides[i].armature();
      momentum[i] += rotor * originV[0][i];
      momentumRate[i] += rotor * originA[0][i];
      int other = 1 - i;
      double arm = i == 0 ? -origin[0][other] : origin[0][other];
      spin += rotor * arm * originV[0][i];
      spinRate += rotor * arm * originA[0][i];
      kinetic += rotor * square(originV[0][i]) / 2;
      kineticRate += rotor * originV[0][i] * originA[0][i];
    }
    spin += model.link(0).joint().armature() * omega[0];
    spinRate += model.link(0).joint().armature() * alpha[0];
  }

  private void body(
      double m, double inertia, double[] r, double[] v, double[] a, double omega, double alpha) {
    for (int i = 0; i < 2; i++) {
      momentum[i] += m * v[i];
      momentumRate[i] += m * a[i];
    }
    spin += m * (r[0] * v[1] - r[1] * v[0]) + inertia * omega;
    spinRate += m * (r[0] * a[1] - r[1] * a[0]) + inertia * alpha;
    kinetic += (m * (square(v[0]) + square(v[1])) + inertia * square(omega)) / 2;
    kineticRate += m * (v[0] * a[0] + v[1] * a[1]) + inertia * omega * alpha;
    Vec2 g = model.gravity();
    potential -= m * (g.x() * r[0] + g.y() * r[1]);
    potentialRate -= m * (g.x() * v[0] + g.y() * v[1]);
  }

  /** World position of a point of a link, m. */
  static double[] point(PlanarModel model, double[] state, int link, Vec2 local) {
    double[] x = spread(model, state);
    double[] sum = {x[0], x[1]};
    Vec2 arm = local;
    for (int k = link; k >= 0; k = model.link(k).parent()) {
      sum = plus(sum, rotated(angle(model, x, k), arm));
      arm = model.link(k).hinge();
    }
    return plus(sum, new double[] {arm.x(), arm.y()});
  }

  private static double angle(PlanarModel model, double[] x, int link) {
    double sum = 0;
    for (int k = link; k >= 0; k = model.link(k).parent()) {
      sum += model.link(k).angle() + model.link(k).axis() * x[2 + k];
    }
    return sum;
  }

  /** The kinetic energy alone. */
  static double kinetic(PlanarModel model, double[] x) {
    return new Kinematics(model, x, new double[model.nv()]).kinetic;
  }

  /**
   * Coordinates, or what belongs to them (and whatever has as many entries behind), over all of the
   * root's x, y and angle and one angle per link: 0 where nothing moves.
   */
  static double[] spread(PlanarModel model, double[] values) {
    int nv = model.nv();
    int all = 2 + model.size();
    double[] result = new double[values.length / nv * all];
    for (int i = 0; i < values.length; i++) {
      int c = i % nv;
      int at = c == model.slideX() ? 0 : c == model.slideY() ? 1 : 2 + model.linkOf(c);
      result[i / nv * all + at] = values[i];
    }
    return result;
  }

  private static double[] rotated(double angle, Vec2 d) {
    double c = StrictMath.cos(angle);
    double s = StrictMath.sin(angle);
    return new double[] {c * d.x() - s * d.y(), s * d.x() + c * d.y()};
  }

  private static double[] acceleration(double[] arm, double omega, double alpha) {
    return new double[] {
      -alpha * arm[1] - omega * omega * arm[0], alpha * arm[0] - omega * omega * arm[1]
    };
  }

  private static double[] plus(double[] a, double[] b) {
    return new double[] {a[0] + b[0], a[1] + b[1]};
  }

  private static double square(double a) {
    return a * a;
  }
}
