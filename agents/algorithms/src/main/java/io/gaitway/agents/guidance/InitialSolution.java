package io.gaitway.agents.guidance;

import io.gaitway.agents.gait.Demonstration;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.Gaits;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.Sinusoid;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import io.gaitway.optim.trajopt.LineSearch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The initial DDP solution of a task: iLQR on the environment's cost, from the environment's mean
 * initial state and a first guess of the actions: the environment's sinusoid or hand-crafted gait,
 * or else what a {@link RecedingHorizon} finds. The same for every agent and every seed.
 */
public final class InitialSolution {
  private static final int MAX_ITERATIONS = 200;

  /** Iterations of a longer solution: most of it has been optimised already. */
  private static final int LONGER_ITERATIONS = 60;

  /**
   * Iterations of a solution within another one. More lower its cost by another percent or two, in
   * twice the time, and learning goes on from there in any case.
   */
  private static final int WITHIN_ITERATIONS = 30;

  /**
   * Last control steps of a solution from which no gait goes on: with nothing to come, it falls.
   */
  private static final int END = 60;

  /** Step sizes simulated at once; hardly ever is a shorter one accepted. */
  private static final int PER_CALL = 6;

  private final Simulator simulator;
  private final double[] x1;
  private final @Nullable Gait gait;
  private final @Nullable Sinusoid sinusoid;

  /** Actions to begin with, over all steps that are asked for; null where there are none. */
  private final double @Nullable [] known;

  private final boolean secondOrder;

  /** Solutions of one environment. */
  public InitialSolution(Simulator simulator) {
    this(simulator, false);
  }

  /**
   * Solutions of one environment.
   *
   * @param secondOrder whether the optimisation has second derivatives of the dynamics
   */
  InitialSolution(Simulator simulator, boolean secondOrder) {
    this(simulator, simulator.environment().initialState().meanState(), null, secondOrder);
  }

  private InitialSolution(
      Simulator simulator, double[] x1, double @Nullable [] known, boolean secondOrder) {
    this.simulator = simulator;
    this.x1 = x1;
    this.known = known;
    this.secondOrder = secondOrder;
    EnvironmentInfo environment = simulator.environment();
    gait = Gaits.of(environment);
    sinusoid = environment.firstGuess() == null ? null : environment.firstGuess().sinusoid();
  }

  /**
   * Solutions that start within another one, of the same robot, and whose first guess is how that
   * one goes on.
   *
   * @param walk the other solution, with at least {@code step + longest} control steps
   * @param step the control step of it that they start at
   * @param longest control steps that will be asked for at most
   * @param secondOrder whether the optimisation has second derivatives of the dynamics
   */
  static InitialSolution within(
      Simulator simulator, Trajectory walk, int step, int longest, boolean secondOrder) {
    double[] x1 = Arrays.copyOfRange(walk.xs, step * walk.nx, (step + 1) * walk.nx);
    double[] us = Arrays.copyOfRange(walk.us, step * walk.nu, (step + longest) * walk.nu);
    return new InitialSolution(simulator, x1, us, secondOrder);
  }

  /** The solution over {@code T} control steps. */
  public Trajectory solve(int T) {
    return known == null ? solution(T).nominal() : solve(guess(T), WITHIN_ITERATIONS).nominal();
  }

  /** The optimiser's whole result over {@code T} control steps. */
  Ilqr.Solution solution(int T) {
    return solve(guess(T), MAX_ITERATIONS);
  }

  /**
   * The solution over {@code T} control steps that starts from a shorter one's actions, and goes on
   * with the sinusoid's or with the gait; without either, or where the gait falls, it starts
   * afresh. Where actions are known, it starts from these.
   */
  public Trajectory extend(Trajectory shorter, int T) {
    if (known != null) {
      return solve(T);
    }
    if (gait != null) {
      int kept = Math.max(0, shorter.T - END);
      double @Nullable [] us = new Demonstration(simulator, gait).goOn(shorter, kept, T);
      if (us != null) {
        return solve(us, LONGER_ITERATIONS).nominal();
      }
    }
    double[] us = guess(T);
    if (sinusoid == null) {
      return solve(us, MAX_ITERATIONS).nominal();
    }
    System.arraycopy(shorter.us, 0, us, 0, shorter.us.length);
    return solve(us, LONGER_ITERATIONS).nominal();
  }

  private Ilqr.Solution solve(double[] us, int maxIterations) {
    int T = us.length / simulator.environment().nu();
    boolean searched = known == null && gait == null && sinusoid == null;
    Ilqr.Options options =
        bounded(maxIterations).withBounded(searched).withSecondOrder(secondOrder);
    Ilqr ilqr = new Ilqr(simulator, T, options);
    return ilqr.solve(ilqr.rollout(x1, us).trajectory());
  }

  /** Options of an optimisation within the bounds of the actions. */
  static Ilqr.Options bounded(int maxIterations) {
    return Ilqr.Options.defaults()
        .withMaxIterations(maxIterations)
        .withLineSearch(LineSearch.defaults().withPerCall(PER_CALL))
        .withBounded(true);
  }

  /** The actions that the optimisation begins with, shape (T, nu). */
  public double[] guess(int T) {
    if (known != null) {
      return Arrays.copyOf(known, T * simulator.environment().nu());
    }
    if (gait != null) {
      return new Demonstration(simulator, gait).walk(x1, T);
    }
    return sinusoid == null ? new RecedingHorizon(simulator).guess(x1, T) : actions(sinusoid, T);
  }

  private double[] actions(Sinusoid sinusoid, int T) {
    int nu = simulator.environment().nu();
    double dt = simulator.environment().dt();
    double[] us = new double[T * nu];
    for (int t = 0; t < T; t++) {
      double turned = 2 * Math.PI * sinusoid.frequency() * t * dt;
      for (int j = 0; j < nu; j++) {
        us[t * nu + j] =
            sinusoid.amplitude().get(j) * StrictMath.sin(turned + sinusoid.phase().get(j));
      }
    }
    return us;
  }
}
