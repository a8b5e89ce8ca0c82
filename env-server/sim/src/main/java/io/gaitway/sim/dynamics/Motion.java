package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.symbolic.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * The motion of a model in one {@link TimeStep}, as expressions: the positions of its configuration
 * and the velocities of its two ends. Inside, coordinates are the root's position and every link's
 * absolute angle φ_k; generalised velocities are the root's velocity and the absolute angular
 * velocities ω_k. Those of a root that does not move are the constant 0. Outside, they are the
 * hinge coordinates of {@link PlanarModel}.
 *
 * <p>The position of a point of link i is p_root + Σ_k R(φ_k) d_ik over the path from the root,
 * with the offsets of {@link PlanarModel#offset} and the root's own hinge for its offset.
 */
public final class Motion {
  private final Graph graph;
  private final PlanarModel model;
  private final TimeStep step;
  private final Expr[] position;
  private final Expr[] velocity;
  private final Expr[] nextVelocity;
  private final Expr[] sin;
  private final Expr[] cos;

  /** Whether the motion of the hinges is made of variables; see {@link #hingeMotion}. */
  private final boolean divided;

  private final Pair[] hingePosition;
  private final Pair[] hingeVelocity;
  private final Pair[] nextHingeVelocity;

  /**
   * The motion whose absolute coordinates and velocities are independent variables to {@link
   * io.gaitway.sim.symbolic.Derivatives}.
   *
   * @param q coordinates at the step's start, shape (nv)
   * @param qd their rates, shape (nv)
   */
  Motion(Graph graph, PlanarModel model, Expr[] q, Expr[] qd, TimeStep step) {
    this(
        graph,
        model,
        step,
        asVariables(graph, model, positions(graph, model, after(step.before(), q, qd))),
        asVariables(graph, model, absolute(graph, model, qd)),
        true);
  }

  /**
   * The instantaneous motion as plain functions of {@code q} and {@code qd}, for costs and
   * measurements.
   *
   * @param q coordinates, shape (nv)
   * @param qd their rates, shape (nv)
   */
  public static Motion instantaneous(Graph graph, PlanarModel model, Expr[] q, Expr[] qd) {
    return new Motion(
        graph,
        model,
        TimeStep.INSTANT,
        positions(graph, model, q),
        absolute(graph, model, qd),
        false);
  }

  private Motion(
      Graph graph,
      PlanarModel model,
      TimeStep step,
      Expr[] position,
      Expr[] velocity,
      boolean divided) {
    this.graph = graph;
    this.model = model;
    this.step = step;
    this.position = position;
    this.velocity = velocity;
    nextVelocity = velocity.clone();
    sin = new Expr[model.size()];
    cos = new Expr[model.size()];
    for (int k = 0; k < model.size(); k++) {
      sin[k] = angle(k).sin();
      cos[k] = angle(k).cos();
    }
    this.divided = divided;
    Vec2 base = model.link(0).hinge();
    Pair root = new Pair(position[0].plus(base.x()), position[1].plus(base.y()));
    hingePosition = alongTree(root, this::rotate);
    hingeVelocity = alongTree(rate(velocity), (k, d) -> lever(k, d).times(velocity[2 + k]));
    nextHingeVelocity = hingeVelocity;
  }

  private Motion(Motion now, Expr[] nextVelocity) {
    graph = now.graph;
    model = now.model;
    step = now.step;
    position = now.position;
    velocity = now.velocity;
    sin = now.sin;
    cos = now.cos;
    this.nextVelocity = nextVelocity;
    divided = now.divided;
    hingePosition = now.hingePosition;
    hingeVelocity = now.hingeVelocity;
    nextHingeVelocity =
        alongTree(rate(nextVelocity), (k, d) -> lever(k, d).times(nextVelocity[2 + k]));
  }

  private static Pair rate(Expr[] velocity) {
    return new Pair(velocity[0], velocity[1]);
  }

  /**
   * What belongs to every link's hinge, summed from the root: its parent's, and what the parent
   * adds over the offset between the two.
   */
  private Pair[] alongTree(Pair root, BiFunction<Integer, Vec2, Pair> added) {
    Pair[] result = new Pair[model.size()];
    result[0] = root;
    for (int k = 1; k < model.size(); k++) {
      int parent = model.link(k).parent();
      Pair sum = result[parent].plus(added.apply(parent, model.link(k).hinge()));
      result[k] = divided ? new Pair(graph.variable(sum.x()), graph.variable(sum.y())) : sum;
    }
    return result;
  }

  /**
   * Position and velocities of the hinges, variables by way of which what happens at a link depends
   * on the motion of the links before it; see {@link io.gaitway.sim.symbolic.Derivatives#jacobian}.
   */
  List<Expr> hingeMotion() {
    return Stream.of(hingePosition, hingeVelocity, nextHingeVelocity)
        .flatMap(hinges -> Arrays.stream(hinges).skip(1))
        .flatMap(hinge -> Stream.of(hinge.x(), hinge.y()))
        .distinct()
        .toList();
  }

  /** The same motion with the absolute velocities {@code nextVelocity} at the step's end. */
  Motion endingAt(Expr[] nextVelocity) {
    return new Motion(this, nextVelocity);
  }

  /** q + t q̇. */
  static Expr[] after(double t, Expr[] q, Expr[] qd) {
    Expr[] result = new Expr[q.length];
    for (int i = 0; i < q.length; i++) {
      result[i] = q[i].plus(qd[i].times(t));
    }
    return result;
  }

  private static Expr[] asVariables(Graph graph, PlanarModel model, Expr[] values) {
    for (int i : moving(model)) {
      values[i] = graph.variable(values[i]);
    }
    return values;
  }

  /** Where among the absolute coordinates those are that move, in order; shape (nv). */
  private static int[] moving(PlanarModel model) {
    int[] result = new int[model.nv()];
    for (int c = 0; c < result.length; c++) {
      result[c] = c == model.slideX() ? 0 : c == model.slideY() ? 1 : 2 + model.linkOf(c);
    }
    return result;
  }

  /** Of a vector over the absolute coordinates, the entries of those that move; shape (nv). */
  Expr[] moving(Expr[] absolute) {
    return Arrays.stream(moving(model)).mapToObj(i -> absolute[i]).toArray(Expr[]::new);
  }

  /** A vector over all absolute coordinates, 0 for those that do not move. */
  Expr[] absolute(Expr[] moving) {
    return spread(graph, model, moving);
  }

  private static Expr[] spread(Graph graph, PlanarModel model, Expr[] moving) {
    Expr[] result = new Expr[2 + model.size()];
    Arrays.fill(result, graph.zero());
    int[] at = moving(model);
    for (int c = 0; c < at.length; c++) {
      result[at[c]] = moving[c];
    }
    return result;
  }

  /** Hinge coordinates to absolute ones, of frames that may be turned where they are 0. */
  private static Expr[] positions(Graph graph, PlanarModel model, Expr[] q) {
    Expr[] result = absolute(graph, model, q);
    for (int k = 0; k < model.size(); k++) {
      result[2 + k] = result[2 + k].plus(model.restAngle(k));
    }
    return result;
  }

  /** Rates, or changes, of hinge coordinates to those of absolute ones. */
  static Expr[] absolute(Graph graph, PlanarModel model, Expr[] hinge) {
    Expr[] result = spread(graph, model, hinge);
    for (int k = 0; k < model.size(); k++) {
      Expr own = result[2 + k].times(model.link(k).axis());
      int parent = model.link(k).parent();
      result[2 + k] = parent < 0 ? own : result[2 + parent].plus(own);
    }
    return result;
  }

  /** Absolute velocities or accelerations, of the coordinates that move, to hinge coordinates. */
  Expr[] toHinge(Expr[] moving) {
    Expr[] absolute = absolute(moving);
    Expr[] result = absolute.clone();
    System.arraycopy(hinges(absolute), 0, result, 2, model.size());
    return moving(result);
  }

  /** Absolute rates to those of the hinges, one per link. */
  Expr[] hinges(Expr[] absolute) {
    Expr[] result = new Expr[model.size()];
    for (int k = 0; k < result.length; k++) {
      result[k] = relative(absolute, k);
    }
    return result;
  }

  /**
   * Derivatives with respect to the absolute coordinates that move to derivatives with respect to
   * hinge coordinates: a hinge turns its whole subtree.
   */
  Expr[] columnsToHinge(Expr[] byMoving) {
    Expr[] result = absolute(byMoving);
    for (int k = model.size() - 1; k > 0; k--) {
      int parent = 2 + model.link(k).parent();
      result[parent] = result[parent].plus(result[2 + k]);
    }
    for (int k = 0; k < model.size(); k++) {
      result[2 + k] = result[2 + k].times(model.link(k).axis());
    }
    return moving(result);
  }

  private Expr relative(Expr[] absolute, int k) {
    int parent = model.link(k).parent();
    Expr difference = parent < 0 ? absolute[2 + k] : absolute[2 + k].minus(absolute[2 + parent]);
    return difference.times(model.link(k).axis());
  }

  /** The graph that the expressions live in. */
  public Graph graph() {
    return graph;
  }

  /** The model that moves. */
  public PlanarModel model() {
    return model;
  }

  /** The integrator step that the motion is of. */
  public TimeStep step() {
    return step;
  }

  /** Absolute coordinates of the configuration, all of them. */
  Expr[] positions() {
    return position;
  }

  /** Absolute velocities at the start of the step, all of them. */
  Expr[] velocities() {
    return velocity;
  }

  /** Absolute angle of link {@code k}, rad. */
  public Expr angle(int k) {
    return position[2 + k];
  }

  /** Angle of hinge {@code k}, rad. */
  public Expr hingeAngle(int k) {
    int parent = model.link(k).parent();
    Expr absolute = position[2 + k];
    Expr difference = parent < 0 ? absolute : absolute.minus(position[2 + parent]);
    return difference.plus(-model.link(k).angle()).times(model.link(k).axis());
  }

  /** A coordinate of the model, rad or m. */
  public Expr coordinate(int c) {
    return c == model.slideX()
        ? position[0]
        : c == model.slideY() ? position[1] : hingeAngle(model.linkOf(c));
  }

  /** Rate of a coordinate of the model at the end of the step, rad/s or m/s. */
  public Expr nextRate(int c) {
    return c == model.slideX()
        ? nextVelocity[0]
        : c == model.slideY() ? nextVelocity[1] : nextHingeVelocity(model.linkOf(c));
  }

  /** Rate of hinge {@code k} at the end of the step, rad/s. */
  public Expr nextHingeVelocity(int k) {
    return relative(nextVelocity, k);
  }

  /** Absolute angular velocity of link {@code k}, rad/s. */
  public Expr angularVelocity(int k) {
    return velocity[2 + k];
  }

  /** Absolute angular velocity of link {@code k} at the end of the step, rad/s. */
  public Expr nextAngularVelocity(int k) {
    return nextVelocity[2 + k];
  }

  /** A vector of link {@code k}'s frame in world coordinates. */
  public Pair rotate(int k, Vec2 d) {
    return new Pair(
        cos[k].times(d.x()).minus(sin[k].times(d.y())),
        sin[k].times(d.x()).plus(cos[k].times(d.y())));
  }

  /** World position of a point of link {@code i}, m. */
  public Pair point(int i, Vec2 local) {
    return hingePosition[i].plus(rotate(i, local));
  }

  /** World velocity of a point of link {@code i}, m/s. */
  public Pair velocity(int i, Vec2 local) {
    return hingeVelocity[i].plus(lever(i, local).times(velocity[2 + i]));
  }

  /** Velocity of a point of link {@code i}, in the link's frame, m/s. */
  public Pair localVelocity(int i, Vec2 local) {
    return toLocal(i, hingeVelocity[i]).plus(turned(local).times(velocity[2 + i]));
  }

  /**
   * The same with the velocities at the end of the step (and the positions of the configuration),
   * m/s.
   */
  public Pair nextLocalVelocity(int i, Vec2 local) {
    return toLocal(i, nextHingeVelocity[i]).plus(turned(local).times(nextVelocity[2 + i]));
  }

  /** The same in world coordinates, m/s. */
  public Pair nextVelocity(int i, Vec2 local) {
    return nextHingeVelocity[i].plus(lever(i, local).times(nextVelocity[2 + i]));
  }

  private Pair turned(Vec2 d) {
    return new Pair(graph.constant(-d.y()), graph.constant(d.x()));
  }

  /** A world vector in the frame of link {@code i}. */
  Pair toLocal(int i, Pair world) {
    return new Pair(
        cos[i].times(world.x()).plus(sin[i].times(world.y())),
        cos[i].times(world.y()).minus(sin[i].times(world.x())));
  }

  /** A vector in the frame of link {@code i} in world coordinates. */
  Pair toWorld(int i, Pair local) {
    return new Pair(
        cos[i].times(local.x()).minus(sin[i].times(local.y())),
        sin[i].times(local.x()).plus(cos[i].times(local.y())));
  }

  /** ∂(R(φ_k) d)/∂φ_k: the velocity of an offset per unit of its link's angular velocity. */
  Pair lever(int k, Vec2 d) {
    return rotate(k, new Vec2(-d.y(), d.x()));
  }

  /** cos(φ_l − φ_k). */
  Expr cosBetween(int k, int l) {
    return cos[k].times(cos[l]).plus(sin[k].times(sin[l]));
  }

  /** sin(φ_l − φ_k). */
  Expr sinBetween(int k, int l) {
    return sin[l].times(cos[k]).minus(cos[l].times(sin[k]));
  }

  /** World position of the whole body's centre of mass, m. */
  public Pair centreOfMass() {
    return meanOverMass(this::point);
  }

  /** World velocity of the whole body's centre of mass, m/s. */
  public Pair centreOfMassVelocity() {
    return meanOverMass(this::velocity);
  }

  private Pair meanOverMass(BiFunction<Integer, Vec2, Pair> atCentre) {
    Pair sum = new Pair(graph.zero(), graph.zero());
    for (int i = 0; i < model.size(); i++) {
      double share = model.link(i).mass() / model.mass();
      Pair own = atCentre.apply(i, model.link(i).com());
      sum = sum.plus(own.times(graph.constant(share)));
    }
    return sum;
  }

  /**
   * Two expressions, the components of a vector.
   *
   * @param x first component
   * @param y second component
   */
  public record Pair(Expr x, Expr y) {
    /** Sum. */
    public Pair plus(Pair other) {
      return new Pair(x.plus(other.x), y.plus(other.y));
    }

    /** Product with a scalar. */
    public Pair times(Expr factor) {
      return new Pair(x.times(factor), y.times(factor));
    }

    /** Scalar product. */
    public Expr dot(Pair other) {
      return x.times(other.x).plus(y.times(other.y));
    }
  }
}
