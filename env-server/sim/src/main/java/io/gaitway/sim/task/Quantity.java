package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.Motion;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Something of a robot's motion or action that a cost can be a function of: a formula, and its
 * words for people. Links are meant by their names; points lie in their link's frame, m.
 */
public final class Quantity {
  /** The names and units that formulas refer to. */
  record Names(List<EnvironmentSpec.StateEntry> state, List<EnvironmentSpec.ActionEntry> action) {
    int entry(String name) {
      for (int i = 0; i < state.size(); i++) {
        if (state.get(i).name().equals(name)) {
          return i;
        }
      }
      throw unknown(
          "state entry", name, state.stream().map(EnvironmentSpec.StateEntry::name).toList());
    }

    int effort(String name) {
      for (int j = 0; j < action.size(); j++) {
        if (action.get(j).name().equals(name)) {
          return j;
        }
      }
      throw unknown(
          "action", name, action.stream().map(EnvironmentSpec.ActionEntry::name).toList());
    }

    private static IllegalArgumentException unknown(String what, String name, List<String> known) {
      return new IllegalArgumentException(
          "there is no %s '%s'; known: %s"
              .formatted(what, name, known.isEmpty() ? "none" : String.join(", ", known)));
    }
  }

  /**
   * Where a formula takes its values from.
   *
   * @param motion of the state, at an instant
   * @param z state and action, or the state alone
   * @param next the state at the end of the control step; null where there is none
   * @param failures what ends an episode, any of them
   */
  record Scene(
      Names names,
      Motion motion,
      Expr[] z,
      @Nullable Scene next,
      List<PlanarEnvironment.Failure> failures) {}

  /** The formula's components in a scene. */
  private interface Formula {
    List<Expr> at(Scene scene);
  }

  private final Function<Names, String> words;
  private final Formula formula;
  private final boolean displacement;

  private Quantity(Function<Names, String> words, Formula formula) {
    this(words, formula, false);
  }

  private Quantity(Function<Names, String> words, Formula formula, boolean displacement) {
    this.words = words;
    this.formula = formula;
    this.displacement = displacement;
  }

  /** All actions: a term of them is the sum over their entries. */
  public static Quantity actions() {
    return new Quantity(
        Quantity::norm,
        scene -> {
          if (scene.names().action().isEmpty()) {
            throw new IllegalArgumentException("there are no actions that could cost anything");
          }
          return List.of(scene.z()).subList(scene.names().state().size(), scene.z().length);
        });
  }

  private static String norm(Names names) {
    List<String> units =
        names.action().stream().map(EnvironmentSpec.ActionEntry::unit).distinct().toList();
    if (units.equals(List.of("N m"))) {
      return "norm of the torques, N m";
    }
    return units.equals(List.of("N")) ? "norm of the forces, N" : "norm of the actions";
  }

  /** The number 1: a term of it is the same in every step. */
  public static Quantity one() {
    return new Quantity(names -> "1", scene -> List.of(scene.motion().graph().constant(1)));
  }

  /** One action. */
  public static Quantity action(String name) {
    return new Quantity(
        names -> {
          String unit = names.action().get(names.effort(name)).unit();
          return unit.isEmpty() ? name : name + ", " + unit;
        },
        scene -> List.of(scene.z()[scene.names().state().size() + scene.names().effort(name)]));
  }

  /** One entry of the state. */
  public static Quantity state(String name) {
    return new Quantity(
        names -> name + ", " + names.state().get(names.entry(name)).unit(),
        scene -> List.of(scene.z()[scene.names().entry(name)]));
  }

  /** Absolute angle of a link, counter-clockwise, rad. */
  public static Quantity angle(String link) {
    return ofMotion("angle of " + link + ", rad", (model, m) -> m.angle(model.index(link)));
  }

  /** Absolute angular velocity of a link, counter-clockwise, rad/s. */
  public static Quantity angularVelocity(String link) {
    return ofMotion(
        "angular velocity of " + link + ", rad/s",
        (model, m) -> m.angularVelocity(model.index(link)));
  }

  /** Place of a point of a link along x, m. */
  public static Quantity pointX(String link, Vec2 point) {
    return ofMotion(
        "p_x of " + place(link, point) + ", m",
        (model, m) -> m.point(model.index(link), point).x());
  }

  /** Place of a point of a link along y, m. */
  public static Quantity pointY(String link, Vec2 point) {
    return ofMotion(
        "p_y of " + place(link, point) + ", m",
        (model, m) -> m.point(model.index(link), point).y());
  }

  /** Velocity of a point of a link along x, m/s. */
  public static Quantity velocityX(String link, Vec2 point) {
    return ofMotion(
        "v_x of " + place(link, point) + ", m/s",
        (model, m) -> m.velocity(model.index(link), point).x());
  }

  /** Velocity of a point of a link along y, m/s. */
  public static Quantity velocityY(String link, Vec2 point) {
    return ofMotion(
        "v_y of " + place(link, point) + ", m/s",
        (model, m) -> m.velocity(model.index(link), point).y());
  }

  /** Place of the whole body's centre of mass along x, m. */
  public static Quantity centreOfMassX() {
    return ofMotion("p_x of the centre of mass, m", (model, m) -> m.centreOfMass().x());
  }

  /** Place of the whole body's centre of mass along y, m. */
  public static Quantity centreOfMassY() {
    return ofMotion("p_y of the centre of mass, m", (model, m) -> m.centreOfMass().y());
  }

  /** Velocity of the whole body's centre of mass along x, m/s. */
  public static Quantity centreOfMassVelocityX() {
    return ofMotion("v_x of the centre of mass, m/s", (model, m) -> m.centreOfMassVelocity().x());
  }

  /** Velocity of the whole body's centre of mass along y, m/s. */
  public static Quantity centreOfMassVelocityY() {
    return ofMotion("v_y of the centre of mass, m/s", (model, m) -> m.centreOfMassVelocity().y());
  }

  private static Quantity ofMotion(String words, BiFunction<PlanarModel, Motion, Expr> formula) {
    return new Quantity(
        names -> words, scene -> List.of(formula.apply(scene.motion().model(), scene.motion())));
  }

  private static String place(String link, Vec2 point) {
    return point.equals(Vec2.ZERO) ? link : "%s at (%s, %s)".formatted(link, point.x(), point.y());
  }

  /**
   * What a quantity of the state changes by over a control step, in its unit: its value at the
   * step's end less that at its start. Only for running costs. The cost of a step then needs the
   * step, which is simulated once more for it.
   *
   * @param of a quantity of the state alone
   */
  public static Quantity displacement(Quantity of) {
    if (of.isDisplacement()) {
      throw new IllegalArgumentException("a displacement has no displacement of its own");
    }
    return new Quantity(
        names -> "change in a step of " + of.words(names),
        scene -> {
          Scene next = Objects.requireNonNull(scene.next(), "a step that it is a change in");
          List<Expr> before = of.at(scene);
          List<Expr> after = of.at(next);
          return IntStream.range(0, before.size())
              .mapToObj(i -> after.get(i).minus(before.get(i)))
              .toList();
        },
        true);
  }

  /**
   * What a quantity of the state changes by over a control step, per second: its mean rate. Only
   * for running costs and rewards, as {@link #displacement}.
   *
   * @param dt length of the control step, s
   */
  public static Quantity rate(Quantity of, double dt) {
    Formula change = displacement(of).formula;
    return new Quantity(
        names -> "change per second of " + of.words(names),
        scene -> change.at(scene).stream().map(each -> each.times(1 / dt)).toList(),
        true);
  }

  /**
   * 1 for a control step after which the episode goes on, 0 for one that fails. Its derivative is
   * taken as zero. Only for running costs and rewards, as {@link #displacement}.
   */
  public static Quantity survival() {
    return new Quantity(
        names -> "1, or 0 where the episode fails",
        scene -> {
          Scene next = scene.next();
          if (next == null) {
            throw new IllegalArgumentException("survival has no change in a step");
          }
          Expr survives = scene.motion().graph().constant(1);
          for (PlanarEnvironment.Failure failure : scene.failures()) {
            Expr entry = next.z()[failure.entry()];
            if (Double.isFinite(failure.lower())) {
              survives = survives.times(isPositive(entry.plus(-failure.lower())));
            }
            if (Double.isFinite(failure.upper())) {
              survives = survives.times(isPositive(entry.plus(-failure.upper()).negate()));
            }
          }
          return List.of(survives);
        },
        true);
  }

  private static Expr isPositive(Expr value) {
    return value.sign().plus(1).times(0.5);
  }

  /** The same quantity in other words; the unit belongs to them, such as "p_y of the hip, m". */
  public Quantity called(String words) {
    return new Quantity(names -> words, formula, displacement);
  }

  /** Whether it needs the state at the end of the step. */
  boolean isDisplacement() {
    return displacement;
  }

  String words(Names names) {
    return words.apply(names);
  }

  List<Expr> at(Scene scene) {
    return formula.at(scene);
  }
}
