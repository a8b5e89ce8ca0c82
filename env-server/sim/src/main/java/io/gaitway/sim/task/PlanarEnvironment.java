package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.ContactForces;
import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.dynamics.StepSlope;
import io.gaitway.sim.random.CounterGaussian;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/** An environment made of a planar robot's control step and an objective. */
final class PlanarEnvironment implements Environment {
  private static final double[] NO_ACTION = {};

  private final EnvironmentSpec spec;
  private final Mechanics mechanics;
  private final ControlStep step;
  private final Objective running;
  private final Objective terminal;
  private final @Nullable Objective reward;
  private final List<Failure> failures;
  private final @Nullable ContactForces ground;

  /**
   * A task's own condition that ends an episode: a state entry leaves its range.
   *
   * @param entry index into the state
   * @param lower least value that goes on
   * @param upper greatest value that goes on
   */
  record Failure(int entry, double lower, double upper) {
    boolean holds(double[] x, int at) {
      return x[at + entry] < lower || x[at + entry] > upper;
    }
  }

  /**
   * Puts the parts together.
   *
   * @param mechanics what the step was compiled from
   * @param running the running cost
   * @param terminal the terminal cost, of the state alone
   * @param reward the reward; null where it is minus the cost
   * @param failures what ends an episode, any of them
   * @param ground the forces of the ground that is among the step's force laws, if it is
   */
  PlanarEnvironment(
      EnvironmentSpec spec,
      Mechanics mechanics,
      ControlStep step,
      Objective running,
      Objective terminal,
      @Nullable Objective reward,
      List<Failure> failures,
      @Nullable ContactForces ground) {
    this.spec = spec;
    this.mechanics = mechanics;
    this.step = step;
    this.running = running;
    this.terminal = terminal;
    this.reward = reward;
    this.failures = List.copyOf(failures);
    this.ground = ground;
  }

  private final class Scratch implements Workspace {
    final ControlStep.Data data = step.newData();
    final double[] memory = running.newMemory();
    final double[] terminalMemory = terminal.newMemory();
    final double[] rewardMemory = reward == null ? new double[0] : reward.newMemory();
    final double[] groundMemory = ground == null ? new double[0] : ground.newMemory();
    final double[] start = new double[spec.nx()];
    final double[] end = new double[spec.nx()];
    final @Nullable DisplacedCost displaced =
        running.isDisplaced() ? new DisplacedCost(running, data, spec.nx(), spec.nu()) : null;

    PlanarEnvironment owner() {
      return PlanarEnvironment.this;
    }
  }

  private Scratch own(Workspace workspace) {
    if (workspace instanceof Scratch scratch && scratch.owner() == this) {
      return scratch;
    }
    throw new IllegalArgumentException("the workspace belongs to another environment");
  }

  @Override
  public EnvironmentSpec spec() {
    return spec;
  }

  @Override
  public Mechanics mechanics() {
    return mechanics;
  }

  @Override
  public Workspace newWorkspace() {
    return new Scratch();
  }

  @Override
  public boolean step(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
    return own(workspace).data.advance(x, xAt, u, uAt, xNext, xNextAt);
  }

  @Override
  public double cost(Workspace workspace, double[] x, int xAt, double[] u, int uAt) {
    Scratch scratch = own(workspace);
    if (scratch.displaced == null) {
      return running.value(scratch.memory, x, xAt, u, uAt);
    }
    return scratch.data.advance(x, xAt, u, uAt, scratch.end, 0)
        ? running.value(scratch.memory, x, xAt, u, uAt, scratch.end)
        : Double.NaN;
  }

  @Override
  public void costTerms(Workspace workspace, double[] out, int outAt) {
    running.terms(own(workspace).memory, out, outAt);
  }

  @Override
  public double reward(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
    if (reward == null) {
      return 0;
    }
    double[] memory = own(workspace).rewardMemory;
    return reward.isDisplaced()
        ? reward.value(memory, x, xAt, u, uAt, xNext, xNextAt)
        : reward.value(memory, x, xAt, u, uAt);
  }

  @Override
  public void rewardTerms(Workspace workspace, double[] out, int outAt) {
    if (reward != null) {
      reward.terms(own(workspace).rewardMemory, out, outAt);
    }
  }

  @Override
  public double terminalCost(Workspace workspace, double[] x, int xAt) {
    return terminal.value(own(workspace).terminalMemory, x, xAt, NO_ACTION, 0);
  }

  @Override
  public boolean terminated(double[] x, int xAt) {
    for (int i = 0; i < failures.size(); i++) {
      if (failures.get(i).holds(x, xAt)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean linearize(
      Workspace workspace,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      CostHessian hessian,
      Linearization out) {
    Scratch scratch = own(workspace);
    if (!scratch.data.differentiate(x, xAt, u, uAt, out.xNext, out.fx, out.fu)) {
      return false;
    }
    if (scratch.displaced != null) {
      return scratch.displaced.differentiate(scratch.memory, x, xAt, u, uAt, hessian, out);
    }
    running.differentiate(scratch.memory, x, xAt, u, uAt, hessian, out);
    return true;
  }

  @Override
  public void linearizeTerminal(
      Workspace workspace, double[] x, int xAt, CostHessian hessian, Linearization out) {
    double[] memory = own(workspace).terminalMemory;
    terminal.differentiate(memory, x, xAt, NO_ACTION, 0, hessian, out);
  }

  @Override
  public boolean curvature(
      Workspace workspace,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      double[] lambda,
      int lambdaAt,
      double[] out) {
    return own(workspace).data.curvature(x, xAt, u, uAt, lambda, lambdaAt, out);
  }

  @Override
  public boolean hasCurvature() {
    return true;
  }

  @Override
  public double curvatureOperations() {
    return step.curvatureOperations();
  }

  @Override
  public Slope slope(String parameter, DoubleFunction<Environment> with) {
    EnvironmentSpec.Parameter named =
        spec.parameters().stream()
            .filter(known -> known.name().equals(parameter))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no parameter '" + parameter + "'"));
    if (named.integer()) {
      throw new IllegalArgumentException(
          "there is no derivative by '" + parameter + "', which is a whole number");
    }
    for (double[] offsets : ParameterSlope.offsets(named)) {
      Optional<StepSlope> found = slope(named.value(), offsets, with);
      if (found.isPresent()) {
        return new ParameterSlope(this, found.get());
      }
    }
    throw new UnsupportedOperationException(
        "the dynamics of '%s' are not smooth in '%s' at %s"
            .formatted(spec.id(), parameter, named.value()));
  }

  private Optional<StepSlope> slope(
      double value, double[] offsets, DoubleFunction<Environment> with) {
    List<ControlStep> variants = new ArrayList<>();
    for (double offset : offsets) {
      try {
        variants.add(((PlanarEnvironment) with.apply(value + offset)).step);
      } catch (ParameterException e) {
        return Optional.empty(); // a value that does not go with those of other parameters
      }
    }
    return step.slope(variants, offsets);
  }

  @Override
  public boolean differentiateBy(
      Workspace workspace, List<Slope> by, double[] x, int xAt, double[] u, int uAt, double[] out) {
    return own(workspace).data.differentiateBy(slopes(by), x, xAt, u, uAt, out);
  }

  @Override
  public double slopeOperations(List<Slope> by) {
    return step.slopeOperations(slopes(by));
  }

  private List<StepSlope> slopes(List<Slope> by) {
    return by.stream().map(slope -> ParameterSlope.of(slope, this)).toList();
  }

  @Override
  public boolean contactForces(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] out, int outAt) {
    Scratch scratch = own(workspace);
    if (!scratch.data.advanceKeepingLast(x, xAt, u, uAt, scratch.start, scratch.end)) {
      return false;
    }
    if (ground != null) {
      ground.evaluate(scratch.groundMemory, scratch.start, scratch.end, out, outAt);
    }
    return true;
  }

  @Override
  public double stepOperations() {
    return (running.isDisplaced() ? 2 : 1) * step.operations()
        + running.operations()
        + (reward == null ? 0 : reward.operations());
  }

  @Override
  public double linearizeOperations() {
    return step.derivativeOperations()
        + running.derivativeOperations()
        + (running.isDisplaced() ? step.curvatureOperations() : 0);
  }

  @Override
  public void sampleInitialState(long seed, long episode, double[] x, int xAt) {
    CounterGaussian noise = new CounterGaussian();
    noise.start(seed, episode, CounterGaussian.INITIAL_STATE_STEP);
    EnvironmentSpec.InitialState distribution = spec.initialState();
    for (int i = 0; i < spec.nx(); i++) {
      x[xAt + i] = distribution.mean().get(i) + distribution.std().get(i) * noise.next();
    }
  }
}
