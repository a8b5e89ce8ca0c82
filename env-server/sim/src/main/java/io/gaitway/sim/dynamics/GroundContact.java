package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import java.util.ArrayList;
import java.util.List;

/**
 * Level ground under every link: an elastic, dissipative normal force and Coulomb friction, both
 * smooth, at the spheres that end the links' capsules and at the corners of their boxes, spheres of
 * radius 0. (A shape touches a plane with those first.) Where two shapes end in the same place, as
 * links do in a hinge, the larger sphere stands for both.
 *
 * <p>With δ = r + y₀ − y the depth of a sphere in the step's configuration, w and v the normal and
 * tangential velocity of its lowest point, and s the {@link SoftRamp}:
 *
 * <pre>
 *   F_n = k s_β(δ_θ) s_γ(1 − d w_θ)        F_t = −μ k s_β(δ) φ(v⁺/ε)
 *   φ(z) = (15 z − 10 z³ + 3 z⁵)/8 for |z| ≤ 1, ±1 beyond
 * </pre>
 *
 * <p>The normal force belongs to an instant θ = ¾ of the way through the step, depth and velocity
 * interpolated between its ends: late enough for the ground to be stable however stiff it is, and
 * early enough not to damp a landing more than the law does. Its second factor dissipates (Hunt and
 * Crossley 1975) and never pulls. Friction takes the velocity of the step's end, and the normal
 * force at rest in the configuration, which makes the step the minimum of a convex function of v⁺:
 * it always has one solution, and Newton's method finds it from anywhere. Friction below its limit
 * is a viscous creep of at most ε.
 *
 * @param stiffness k, N/m
 * @param width β, depth over which the ground fades in, m
 * @param dissipation d, s/m
 * @param friction coefficient μ
 * @param slip ε, the speed from which on friction is fully developed, m/s
 * @param height y₀, m
 */
public record GroundContact(
    double stiffness, double width, double dissipation, double friction, double slip, double height)
    implements ForceModel {
  /** Checks. */
  public GroundContact {
    if (!(Math.abs(height) <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("the ground's height must be finite, but is " + height);
    }
    if (!(stiffness >= 0 && width > 0 && dissipation >= 0 && friction >= 0 && slip > 0)) {
      throw new IllegalArgumentException(
          "the ground needs stiffness, dissipation and friction >= 0, width and slip > 0, but has"
              + " %s, %s, %s, %s and %s".formatted(stiffness, dissipation, friction, width, slip));
    }
  }

  /** Ground at height 0. */
  public GroundContact(
      double stiffness, double width, double dissipation, double friction, double slip) {
    this(stiffness, width, dissipation, friction, slip, 0);
  }

  /** Places that are less far apart are one, m: their numbers come from sums. */
  private static final double SAME_PLACE = 1e-9;

  /** γ, over which the dissipative factor fades to 0 as the bodies part. */
  private static final double PARTING = 0.5;

  /** θ, the part of the step after which the ground is as deep and as fast as it is felt. */
  private static final double FELT = 0.75;

  /**
   * A sphere that can touch the ground.
   *
   * @param link the link that carries it
   * @param centre in the link's frame, m
   * @param radius m
   */
  public record Sphere(int link, Vec2 centre, double radius) {}

  /** The spheres of a model that can touch the ground. */
  public static List<Sphere> spheres(PlanarModel model) {
    List<Sphere> spheres = new ArrayList<>();
    for (int i = 0; i < model.size(); i++) {
      for (Shape shape : model.link(i).shapes()) {
        for (Vec2 end : shape.touchesGround() ? shape.vertices() : List.<Vec2>of()) {
          add(model, spheres, new Sphere(i, end, shape.radius()));
        }
      }
    }
    return spheres;
  }

  private static void add(PlanarModel model, List<Sphere> spheres, Sphere sphere) {
    for (int i = 0; i < spheres.size(); i++) {
      if (coincide(model, spheres.get(i), sphere)) {
        if (sphere.radius() > spheres.get(i).radius()) {
          spheres.set(i, sphere);
        }
        return;
      }
    }
    spheres.add(sphere);
  }

  /** Whether two spheres sit in one place, in any pose, as a child's at its hinge. */
  private static boolean coincide(PlanarModel model, Sphere one, Sphere other) {
    Sphere a = atParent(model, one);
    Sphere b = atParent(model, other);
    return a.link() == b.link() && near(a.centre(), b.centre());
  }

  /** A sphere in a link's own hinge, as a point of the parent; in its hinge, of the next. */
  private static Sphere atParent(PlanarModel model, Sphere sphere) {
    Link link = model.link(sphere.link());
    return near(sphere.centre(), Vec2.ZERO) && link.parent() >= 0
        ? atParent(model, new Sphere(link.parent(), link.hinge(), sphere.radius()))
        : sphere;
  }

  private static boolean near(Vec2 a, Vec2 b) {
    return Math.hypot(a.x() - b.x(), a.y() - b.y()) <= SAME_PLACE;
  }

  @Override
  public void apply(Motion motion, GeneralizedForce forces) {
    for (Sphere sphere : spheres(motion.model())) {
      Motion.Pair force = force(motion, sphere);
      forces.addForce(sphere.link(), sphere.centre(), force);
      forces.addTorque(sphere.link(), force.x().times(sphere.radius()));
    }
  }

  /** The force on a sphere, N: F_t and F_n, which act at its lowest point. */
  Motion.Pair force(Motion motion, Sphere sphere) {
    Expr now = motion.velocity(sphere.link(), sphere.centre()).y();
    Motion.Pair next = motion.nextVelocity(sphere.link(), sphere.centre());
    Expr depth =
        motion.point(sphere.link(), sphere.centre()).y().negate().plus(sphere.radius() + height);
    Expr rise =
        next.y()
            .times(FELT * motion.step().after())
            .minus(now.times((1 - FELT) * motion.step().before()));
    Expr speed = next.y().times(FELT).plus(now.times(1 - FELT));
    Expr loss = new SoftRamp(speed.times(-dissipation).plus(1), PARTING).value();
    Expr slide = next.x().plus(motion.nextAngularVelocity(sphere.link()).times(sphere.radius()));
    SoftRamp felt = new SoftRamp(depth.minus(rise), width);
    SoftRamp resting = new SoftRamp(depth, width);
    Expr normal = felt.value().times(stiffness).times(loss);
    Expr tangential =
        resting.value().times(stiffness).times(-friction).times(saturation(slide.times(1 / slip)));
    Expr touches = felt.on().or(resting.on());
    return new Motion.Pair(tangential.where(touches), normal.where(touches));
  }

  private static Expr saturation(Expr z) {
    Expr inside = z.plus(1).abs().minus(z.plus(-1).abs()).times(0.5);
    Expr square = inside.square();
    return inside.times(square.times(square.times(3.0 / 8).plus(-10.0 / 8)).plus(15.0 / 8));
  }
}
