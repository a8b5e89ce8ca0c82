package io.gaitway.agents.run;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.ActionEntry;
import io.gaitway.client.simulation.EnvironmentInfo.CostTerm;
import io.gaitway.client.simulation.EnvironmentInfo.FirstGuess;
import io.gaitway.client.simulation.EnvironmentInfo.Goal;
import io.gaitway.client.simulation.EnvironmentInfo.InitialState;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.simulation.EnvironmentInfo.Parameter;
import io.gaitway.client.simulation.EnvironmentInfo.Penalty;
import io.gaitway.client.simulation.EnvironmentInfo.Shape;
import io.gaitway.client.simulation.EnvironmentInfo.Sinusoid;
import io.gaitway.client.simulation.EnvironmentInfo.StateEntry;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Three links with invented dynamics that need no server: joints follow torques, waves push. Counts
 * rollouts as a server does; each is said to take a millisecond.
 */
public final class EelSimulator implements Simulator {
  private static final int NX = 10;
  private static final int NU = 2;

  private final EnvironmentInfo info;
  private final double mostAngle;
  private final Map<String, Usage> accounts;
  private final @Nullable String account;

  public EelSimulator(int horizon, String digest) {
    this(horizon, digest, Double.POSITIVE_INFINITY);
  }

  /** An eel that has fallen when its root's angle is beyond {@code mostAngle}, rad. */
  public EelSimulator(int horizon, String digest, double mostAngle) {
    this(
        info(horizon, digest, mostAngle < Double.POSITIVE_INFINITY ? "the eel turns over" : "", 1),
        mostAngle,
        new HashMap<>(),
        null);
  }

  private EelSimulator(
      EnvironmentInfo info,
      double mostAngle,
      Map<String, Usage> accounts,
      @Nullable String account) {
    this.info = info;
    this.mostAngle = mostAngle;
    this.accounts = accounts;
    this.account = account;
  }

  /** What each account has used, by name. */
  Map<String, Usage> accounts() {
    return accounts;
  }

  public static EnvironmentInfo info(int horizon, String digest) {
    return info(horizon, digest, "", 1);
  }

  public static EnvironmentInfo info(
      int horizon, String digest, String termination, double targetSpeed) {
    List<StateEntry> state = new ArrayList<>();
    for (String suffix : List.of("", "_velocity")) {
      String perSecond = suffix.isEmpty() ? "" : "/s";
      state.add(new StateEntry("root_x" + suffix, "m" + perSecond, false, -1e308, 1e308));
      state.add(
          new StateEntry(
              "root_y" + suffix,
              "m" + perSecond,
              false,
              Double.NEGATIVE_INFINITY,
              Double.POSITIVE_INFINITY));
      state.add(new StateEntry("root_angle" + suffix, "rad" + perSecond, suffix.isEmpty(), -9, 9));
      state.add(new StateEntry("joint1" + suffix, "rad" + perSecond, suffix.isEmpty(), -1.7, 1.7));
      state.add(new StateEntry("joint2" + suffix, "rad" + perSecond, suffix.isEmpty(), -1.7, 1.7));
    }
    List<LinkGeometry> links =
        List.of(
            new LinkGeometry("front", -1, 0, 1, 2, 1, 0, 0, 0, rod(1), 35, 0.5, 0),
            new LinkGeometry("middle", 0, -1, -1, 3, 1, 0, 0, 0, rod(-1), 35, -0.5, 0),
            new LinkGeometry("back", 1, -1, -1, 4, 1, -1, 0, 0, rod(-1), 35, -0.5, 0));
    return new EnvironmentInfo(
        "eel",
        "1",
        digest,
        "Invented dynamics for tests.",
        state,
        List.of(
            new ActionEntry("joint1_torque", "Nm", -200, 200),
            new ActionEntry("joint2_torque", "Nm", -200, 200)),
        List.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
        0.04,
        1,
        "euler",
        horizon,
        List.of(
            new CostTerm("speed", "speed of the centre of mass, m/s", 1, 1, Penalty.QUADRATIC, 0)),
        List.of(),
        List.of(),
        new InitialState(Collections.nCopies(NX, 0.0), Collections.nCopies(NX, 0.01)),
        termination,
        0,
        false,
        List.of(
            new Parameter("target_speed", targetSpeed, 1, -5, 5, false, "m/s", "Speed to reach.")),
        links,
        List.of(),
        0,
        new Goal(0, targetSpeed, 0.5, 3),
        new FirstGuess(new Sinusoid(0.45, Collections.nCopies(2, 40.0), List.of(0.0, -1.6)), null));
  }

  private static List<Shape> rod(double to) {
    return List.of(new Shape(List.of(0.0, 0.0, to, 0.0), 0.1));
  }

  /** An environment with another goal. */
  public static EnvironmentInfo withGoal(EnvironmentInfo e, @Nullable Goal goal) {
    return new EnvironmentInfo(
        e.id(),
        e.version(),
        e.modelDigest(),
        e.description(),
        e.state(),
        e.action(),
        e.observation(),
        e.dt(),
        e.substeps(),
        e.integrator(),
        e.horizon(),
        e.costTerms(),
        e.terminalCostTerms(),
        e.rewardTerms(),
        e.initialState(),
        e.termination(),
        e.terminationCost(),
        e.terminationChargesActions(),
        e.parameters(),
        e.geometry(),
        e.contactPoints(),
        e.groundHeight(),
        goal,
        e.firstGuess());
  }

  @Override
  public EelSimulator account(String name) {
    return new EelSimulator(info, mostAngle, accounts, name);
  }

  @Override
  public Usage usage() {
    return account == null ? Usage.ZERO : accounts.getOrDefault(account, Usage.ZERO);
  }

  @Override
  public EnvironmentInfo environment() {
    return info;
  }

  @Override
  public void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void evaluate(double[] xs, double[] us, Transitions out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public double[] contactForces(Trajectory trajectory, int steps) {
    return new double[0];
  }

  @Override
  public List<double[]> initialStates(long seed, int count) {
    return Collections.nCopies(count, new double[NX]);
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    List<Rollout> results = new ArrayList<>();
    List<Long> seeds = request.seeds().isEmpty() ? List.of(0L) : request.seeds();
    for (double[] start : request.initialStates()) {
      for (Controller controller : request.controllers()) {
        for (long seed : seeds) {
          Rollout rollout = rollout(request.horizon(), start, controller, new Random(seed));
          results.add(rollout);
          if (account != null) {
            accounts.merge(account, new Usage(1, rollout.steps(), 0, 0, 0, 1e-3), Usage::plus);
          }
        }
      }
    }
    return results;
  }

  private Rollout rollout(int T, double[] start, Controller controller, Random random) {
    Trajectory trajectory = new Trajectory(T, NX, NU);
    double[] x = start.clone();
    System.arraycopy(x, 0, trajectory.xs, 0, NX);
    for (int t = 0; t < T; t++) {
      double[] u = act(controller, x, t, random);
      System.arraycopy(u, 0, trajectory.us, t * NU, NU);
      trajectory.costs[t] = Math.pow(x[5] - 1, 2) + 1e-5 * (u[0] * u[0] + u[1] * u[1]);
      step(x, u);
      System.arraycopy(x, 0, trajectory.xs, (t + 1) * NX, NX);
      if (Math.abs(x[2]) > mostAngle) {
        return new Rollout(trajectory, t + 1, false, true, 0);
      }
    }
    return new Rollout(trajectory, T, false, false, 0);
  }

  private static void step(double[] x, double[] u) {
    double dt = 0.04;
    double wave = Math.abs(x[8] * x[4] - x[9] * x[3]);
    double[] acceleration = {
      0.8 * wave - 0.3 * x[5],
      0.05 * x[3] - x[6],
      -0.3 * x[8] - 2 * x[2] - x[7],
      0.3 * u[0] - 8 * x[3] - 2 * x[8],
      0.3 * u[1] - 8 * x[4] - 2 * x[9]
    };
    for (int i = 0; i < 5; i++) {
      x[5 + i] += dt * acceleration[i];
      x[i] += dt * x[5 + i];
    }
  }

  private static double[] act(Controller controller, double[] x, int t, Random random) {
    if (controller instanceof Controller.OpenLoop open) {
      return Arrays.copyOfRange(open.us(), t * NU, (t + 1) * NU);
    }
    Controller.Mlp mlp = (Controller.Mlp) controller;
    double[] u = new double[NU];
    new Network(NX, mlp).mean(x, 0, u, 0);
    for (int i = 0; i < mlp.std().length; i++) {
      u[i] += mlp.std()[i] * random.nextGaussian();
    }
    return u;
  }
}
