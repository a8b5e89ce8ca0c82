package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.ContactForces;
import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.dynamics.ImplicitStep;
import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.PlanarModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes an environment of a planar robot and its task. Everything is stated once: dynamics, cost,
 * their derivatives, the spec and its digest follow.
 *
 * <pre>{@code
 * Parameters p = new Parameters(overrides);
 * double strength = p.real("strength", 20, 1, 100, "N", "bound of the force on the cart");
 * Parameters.Course course = p.course(0.02, 0.1, 2, 250);
 * return new TaskBuilder("cartpole", "1", model, p)
 *     .describe("A cart on a rail swings up a pole.")
 *     .actuate("root_x", "force", strength)
 *     .course(course, TimeStep.midpoint(course.h()))
 *     .cost("force", 1e-3, Quantity.actions())
 *     .cost("tip", 1, Quantity.pointY("pole", tip), 1)
 *     .build();
 * }</pre>
 *
 * <p>State entries are the model's coordinates, then their rates. Their names are those of {@link
 * #coordinates}, or else {@code root_x}, {@code root_y}, {@code root_angle} and the link's name
 * with {@code _angle}; a rate has {@code _velocity} in place of {@code _angle}. Where a method
 * takes an entry, it takes its name.
 *
 * <p>A builder belongs to one thread and is used once. Its methods throw {@link
 * IllegalArgumentException} for what makes no sense; creation with parameters that are not allowed
 * ends in a {@link ParameterException}.
 */
public final class TaskBuilder {
  private final String id;
  private final String version;
  private final PlanarModel model;
  private final Parameters parameters;
  private final List<EnvironmentSpec.ActionEntry> action = new ArrayList<>();
  private final List<Motor> motors = new ArrayList<>();
  private final List<ForceModel> forces = new ArrayList<>();
  private final List<Objective.Term> running = new ArrayList<>();
  private final List<Objective.Term> terminal = new ArrayList<>();
  private final List<Objective.Term> reward = new ArrayList<>();
  private final List<PlanarEnvironment.Failure> failures = new ArrayList<>();
  private final List<String> termination = new ArrayList<>();
  private final Set<Integer> hidden = new HashSet<>();
  private final double[] mean;
  private final double[] std;

  private List<EnvironmentSpec.StateEntry> state;
  private String description = "";
  private Parameters.@Nullable Course course;
  private TimeStep time = TimeStep.euler(1);
  private double @Nullable [] afterFailure;
  private @Nullable Double chargeAfterFailure;
  private boolean chargesActions;
  private EnvironmentSpec.@Nullable Goal goal;
  private EnvironmentSpec.@Nullable FirstGuess firstGuess;

  /**
   * Begins.
   *
   * @param id catalog name, such as {@code swimmer}
   * @param version to be raised whenever a default or the meaning of the dynamics changes
   * @param parameters all that creation can override, declared before {@link #build}
   */
  public TaskBuilder(String id, String version, PlanarModel model, Parameters parameters) {
    this.id = id;
    this.version = version;
    this.model = model;
    this.parameters = parameters;
    state = PlanarSpecs.state(model, PlanarSpecs.coordinates(model));
    mean = new double[state.size()];
    std = new double[state.size()];
  }

  /** One paragraph for people. */
  public TaskBuilder describe(String text) {
    description = text;
    return this;
  }

  /**
   * Names the model's coordinates, in order; angles end in {@code _angle}. To be said before any
   * entry is named.
   */
  public TaskBuilder coordinates(List<String> names) {
    if (names.size() != model.nv() || new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException(
          "the model has %d coordinates, which need different names, but there are %s"
              .formatted(model.nv(), names));
    }
    state = PlanarSpecs.state(model, names);
    return this;
  }

  /** Adds a force law; the first {@link GroundContact} is the ground of the spec. */
  public TaskBuilder force(ForceModel law) {
    forces.add(law);
    return this;
  }

  /**
   * Adds an actuator whose action is its effort.
   *
   * @param coordinate the position that it acts on: N along a slide, N m about a hinge
   * @param name of the action
   * @param limit bound to both sides, in that unit
   */
  public TaskBuilder actuate(String coordinate, String name, double limit) {
    return actuate(coordinate, name, 1, -limit, limit);
  }

  /**
   * Adds an actuator whose effort is {@code gear} times its action.
   *
   * @param coordinate the position that it acts on
   * @param name of the action
   * @param gear N along a slide, N m about a hinge, per unit of action; where it is 1 the action
   *     has that unit, else none
   * @param lower least action
   * @param upper greatest action
   */
  public TaskBuilder actuate(
      String coordinate, String name, double gear, double lower, double upper) {
    if (!(lower <= upper)) {
      throw new IllegalArgumentException(
          "the bounds of '%s' must be in order, but are %s and %s".formatted(name, lower, upper));
    }
    int at = position(coordinate);
    motors.add(new Motor(at, gear));
    String unit = gear != 1 ? "" : model.isSlide(at) ? "N" : "N m";
    action.add(new EnvironmentSpec.ActionEntry(name, unit, lower, upper));
    return this;
  }

  /** How time goes: control steps, and the integrator's steps of length {@code course.h()}. */
  public TaskBuilder course(Parameters.Course course, TimeStep step) {
    if (step.h() != course.h()) {
      throw new IllegalArgumentException(
          "the integrator's step must be %s s, but is %s s".formatted(course.h(), step.h()));
    }
    this.course = course;
    time = step;
    return this;
  }

  /** Adds a term weight · quantity² to the running cost of a control step. */
  public TaskBuilder cost(String name, double weight, Quantity quantity) {
    return cost(name, weight, quantity, 0);
  }

  /** Adds a term weight · (quantity − target)² to the running cost of a control step. */
  public TaskBuilder cost(String name, double weight, Quantity quantity, double target) {
    return cost(name, weight, quantity, target, Penalty.QUADRATIC);
  }

  /**
   * Adds a term weight · ρ(quantity − target) to the running cost of a control step.
   *
   * @param weight at least 0, unless the penalty is linear
   */
  public TaskBuilder cost(
      String name, double weight, Quantity quantity, double target, Penalty penalty) {
    running.add(term(name, weight, quantity, target, penalty));
    return this;
  }

  /** Adds a term weight · (quantity − target)² to the cost of the last state. */
  public TaskBuilder terminalCost(String name, double weight, Quantity quantity, double target) {
    return terminalCost(name, weight, quantity, target, Penalty.QUADRATIC);
  }

  /**
   * Adds a term weight · ρ(quantity − target) to the cost of the last state.
   *
   * @param weight at least 0, unless the penalty is linear
   * @param quantity of the state alone
   */
  public TaskBuilder terminalCost(
      String name, double weight, Quantity quantity, double target, Penalty penalty) {
    if (quantity.isDisplacement()) {
      throw new IllegalArgumentException(
          "the terminal cost '" + name + "' has no step that its quantity could be a change in");
    }
    terminal.add(term(name, weight, quantity, target, penalty));
    return this;
  }

  /**
   * Adds a term weight · ρ(quantity − target) to the reward of a control step. Without any the
   * reward is minus the cost.
   */
  public TaskBuilder reward(
      String name, double weight, Quantity quantity, double target, Penalty penalty) {
    reward.add(new Objective.Term(name, quantity, penalty, weight, target));
    return this;
  }

  private static Objective.Term term(
      String name, double weight, Quantity quantity, double target, Penalty penalty) {
    if (!(weight >= 0) && penalty.kind() != Penalty.Kind.LINEAR) {
      throw new IllegalArgumentException(
          "the weight of '" + name + "' must be at least 0, but is " + weight);
    }
    return new Objective.Term(name, quantity, penalty, weight, target);
  }

  /** Hides entries from policies; they see the rest by default. */
  public TaskBuilder hide(String... entries) {
    Arrays.stream(entries).forEach(name -> hidden.add(entry(name)));
    return this;
  }

  /** Sets the mean of an entry of the initial state; 0 otherwise. */
  public TaskBuilder start(String entry, double value) {
    mean[entry(entry)] = value;
    return this;
  }

  /** Sets the mean initial state, shape (nx). */
  public TaskBuilder start(List<Double> state) {
    if (state.size() != mean.length) {
      throw new IllegalArgumentException(
          "the initial state must have %d entries, but has %d"
              .formatted(mean.length, state.size()));
    }
    Arrays.setAll(mean, state::get);
    return this;
  }

  /** Sets the standard deviation of the initial state: of all entries but the root's place. */
  public TaskBuilder spread(double deviation) {
    for (int i = 0; i < std.length; i++) {
      std[i] = i < model.nv() && model.isSlide(i) ? 0 : deviation;
    }
    return this;
  }

  /** Sets those of all positions, the root's place among them, and of all velocities. */
  public TaskBuilder spread(double positions, double velocities) {
    Arrays.fill(std, 0, model.nv(), positions);
    Arrays.fill(std, model.nv(), std.length, velocities);
    return this;
  }

  /**
   * Ends an episode where an entry falls below a bound.
   *
   * @param words what happens then, to which the bound is added: "the hip falls below"
   */
  public TaskBuilder failsBelow(String entry, double bound, String words) {
    return fails(entry, bound, Double.POSITIVE_INFINITY, words, bound);
  }

  /** Ends an episode where an entry rises above a bound; otherwise as {@link #failsBelow}. */
  public TaskBuilder failsAbove(String entry, double bound, String words) {
    return fails(entry, Double.NEGATIVE_INFINITY, bound, words, bound);
  }

  private TaskBuilder fails(String entry, double lower, double upper, String words, double bound) {
    int at = entry(entry);
    failures.add(new PlanarEnvironment.Failure(at, lower, upper));
    termination.add("%s %s %s".formatted(words, bound, state.get(at).unit()));
    return this;
  }

  /**
   * What every control step costs that an episode falls short of its horizon because it failed: the
   * running cost of resting without actions where one entry has this value and all others are 0.
   */
  public TaskBuilder chargeAfterFailure(String entry, double value) {
    afterFailure = new double[state.size()];
    afterFailure[entry(entry)] = value;
    return this;
  }

  /** What every such step costs, as a number. */
  public TaskBuilder chargeAfterFailure(double cost) {
    chargeAfterFailure = cost;
    return this;
  }

  /**
   * Charges every such step, besides, what the episode's actions cost in the mean over its steps:
   * the running cost minus that of the same state without actions. A policy whose noise costs much
   * does not save it by failing.
   */
  public TaskBuilder chargeActionsAfterFailure() {
    chargesActions = true;
    return this;
  }

  /**
   * What counts as success: to travel, and not to cost too much.
   *
   * @param entry position to travel along
   * @param speed asked for, in the entry's unit per second; negative to travel backwards
   * @param leastShare least part of the way speed · time, 0 to 1
   * @param mostCostRatio greatest cost, as a multiple of a reference's over the same horizon
   */
  public TaskBuilder goal(String entry, double speed, double leastShare, double mostCostRatio) {
    goal = new EnvironmentSpec.Goal(position(entry), speed, leastShare, mostCostRatio);
    return this;
  }

  /** What counts as success where there is no way to go; argument as in the other method. */
  public TaskBuilder goal(double mostCostRatio) {
    goal = new EnvironmentSpec.Goal(-1, 0, 0, mostCostRatio);
    return this;
  }

  /**
   * A first guess of the actions: u_j(t) = amplitude sin(2π frequency t + j · phase).
   *
   * @param amplitude in the actions' unit
   * @param frequency Hz
   * @param phase from one action to the next, rad
   */
  public TaskBuilder guessSinusoid(double amplitude, double frequency, double phase) {
    List<Double> amplitudes = action.stream().map(entry -> amplitude).toList();
    List<Double> phases = IntStream.range(0, action.size()).mapToObj(j -> phase * j + 0.0).toList();
    firstGuess =
        new EnvironmentSpec.FirstGuess(
            new EnvironmentSpec.Sinusoid(frequency, amplitudes, phases), null);
    return this;
  }

  /** A first guess of the actions: a hand-crafted gait of that name. */
  public TaskBuilder guessGait(String name) {
    firstGuess = new EnvironmentSpec.FirstGuess(null, name);
    return this;
  }

  /**
   * Puts everything together; allocates. What the dynamics need is compiled when it is first asked
   * for.
   *
   * @throws IllegalStateException if the course is missing, or the charge after a failure, or if
   *     there is a charge but nothing that fails
   * @throws ParameterException if an override names no parameter
   */
  public Environment build() {
    if (course == null) {
      throw new IllegalStateException(id + " needs a course()");
    }
    boolean charges = afterFailure != null || chargeAfterFailure != null;
    if (failures.isEmpty() == charges || chargesActions && failures.isEmpty()) {
      throw new IllegalStateException(
          id + " needs chargeAfterFailure() exactly where an episode can fail");
    }
    List<EnvironmentSpec.Parameter> declared = parameters.all();
    Quantity.Names names = new Quantity.Names(state, List.copyOf(action));
    Quantity.Names atTheEnd = new Quantity.Names(state, List.of());
    Objective cost = new Objective(model, names, running, failures);
    ControlStep step =
        new ControlStep(new ImplicitStep(model, forces, motors, time), course.substeps());
    GroundContact ground =
        forces.stream()
            .filter(GroundContact.class::isInstance)
            .map(GroundContact.class::cast)
            .findFirst()
            .orElse(null);
    EnvironmentSpec spec =
        new EnvironmentSpec(
            id,
            version,
            PlanarSpecs.digest(id, version, declared),
            description,
            state,
            action,
            IntStream.range(0, state.size()).filter(i -> !hidden.contains(i)).boxed().toList(),
            course.dt(),
            course.substeps(),
            time.method(),
            course.horizon(),
            terms(names, running),
            terms(atTheEnd, terminal),
            terms(names, reward),
            new EnvironmentSpec.InitialState(boxed(mean), boxed(std)),
            String.join(", or ", termination),
            charge(cost),
            chargesActions,
            declared,
            PlanarSpecs.geometry(model),
            ground == null ? List.of() : PlanarSpecs.contactPoints(model),
            ground == null ? 0 : ground.height(),
            goal,
            firstGuess);
    return new PlanarEnvironment(
        spec,
        new Mechanics(model, forces, motors, time),
        step,
        cost,
        new Objective(model, atTheEnd, terminal, failures),
        reward.isEmpty() ? null : new Objective(model, names, reward, failures),
        failures,
        ground == null ? null : new ContactForces(model, ground, time));
  }

  private double charge(Objective cost) {
    if (chargeAfterFailure != null) {
      return chargeAfterFailure;
    }
    return afterFailure == null ? 0 : charge(cost, afterFailure);
  }

  private double charge(Objective cost, double[] at) {
    double[] memory = cost.newMemory();
    double[] none = new double[action.size()];
    return cost.isDisplaced()
        ? cost.value(memory, at, 0, none, 0, at)
        : cost.value(memory, at, 0, none, 0);
  }

  private static List<EnvironmentSpec.CostTerm> terms(
      Quantity.Names names, List<Objective.Term> terms) {
    return terms.stream()
        .map(
            term ->
                new EnvironmentSpec.CostTerm(
                    term.name(),
                    term.quantity().words(names),
                    term.weight(),
                    term.target(),
                    term.penalty()))
        .toList();
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  private int entry(String name) {
    return new Quantity.Names(state, action).entry(name);
  }

  private int position(String name) {
    int at = entry(name);
    if (at >= model.nv()) {
      throw new IllegalArgumentException("'" + name + "' is a velocity and not a position");
    }
    return at;
  }
}
