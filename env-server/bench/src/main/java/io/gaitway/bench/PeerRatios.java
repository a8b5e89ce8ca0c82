package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Times our kernels against MuJoCo's and Pinocchio's, in turns within one run, and prints a
 * Markdown table. Exit status 1 when a row misses its promise, in speed or in bytes allocated.
 *
 * <p>Arguments: the program that {@code peers/build.sh} makes, the number of passes per row, and
 * the folder that Gymnasium and dm_control are installed in.
 */
public final class PeerRatios {
  private static final int ALLOCATION_CALLS = 20_000;
  private static final int WALK = 500;

  /** MuJoCo's steps of 2 ms in our control step of 10 ms. */
  private static final int PEER_STEPS = 5;

  /** Depth of a standing walker's soles in our ground, and in MuJoCo's, m. */
  private static final double DEPTH = 0.0044;

  private static final double PEER_DEPTH = 0.001;
  private static final String STANDING = "standing-walker";
  private static final String WALKING = "walking-walker";

  /** The robots of either package that can be read. */
  private static final List<String> GYMNASIUM =
      List.of(
          "hopper.xml",
          "walker2d.xml",
          "walker2d_v5.xml",
          "half_cheetah.xml",
          "swimmer.xml",
          "inverted_pendulum.xml",
          "inverted_double_pendulum.xml");

  private static final List<String> SUITE =
      List.of(
          "hopper.xml",
          "walker.xml",
          "cheetah.xml",
          "acrobot.xml",
          "cartpole.xml",
          "pendulum.xml",
          "reacher.xml");

  private PeerRatios() {}

  /** Runs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("usage: PeerRatios PEERS_PROGRAM PASSES PACKAGES");
      System.exit(2);
    }
    int passes = Integer.parseInt(args[1]);
    if (passes < 20) {
      System.err.println("passes = " + passes + " must be at least 20 for the quantiles printed");
      System.exit(2);
    }
    boolean kept;
    try (PeerProcess peers = new PeerProcess(Path.of(args[0]))) {
      kept = compare(peers, passes);
      kept &= compareRobots(peers, robots(Path.of(args[2])), passes);
    }
    System.exit(kept ? 0 : 1);
  }

  private static boolean compare(PeerProcess peers, int passes) {
    Robot swimmer = Robot.swimmer();
    Robot walker = Robot.walker();
    for (Robot robot : List.of(swimmer, walker)) {
      for (Robot.State state : robot.states()) {
        peers.addState(robot.name(), state.q(), state.v(), state.tau());
      }
    }
    List<ForceModel> medium = List.of(new FluidDrag(1000, 0.1), new JointLimits(2000, 100, 0.1));
    System.out.printf(
        Locale.ROOT,
        "Java %s (%s); %s.%n%n",
        System.getProperty("java.version"),
        System.getProperty("java.vm.name"),
        peers.versions());
    System.out.printf(
        Locale.ROOT,
        "Same work, worst relative difference over %d states: swimmer with drag against MuJoCo %.0e, "
            + "bare against Pinocchio %.0e, derivatives %.0e; walker bare %.0e, derivatives %.0e.%n%n",
        swimmer.states().size(),
        SameWork.accelerations(peers, swimmer, medium, "mj_forward"),
        SameWork.accelerations(peers, swimmer, List.of(), "aba"),
        SameWork.derivatives(peers, swimmer),
        SameWork.accelerations(peers, walker, List.of(), "aba"),
        SameWork.derivatives(peers, walker));
    Environment person = WalkerRun.walker();
    Trajectory walk = WalkerRun.trajectory(person, WALK);
    Trajectory stand = WalkerStates.standing(person, DEPTH);
    WalkerStates.send(peers, WALKING, WalkerStates.sparse(walk));
    WalkerStates.send(peers, STANDING, WalkerStates.standing(person, PEER_DEPTH));
    requireContacts(peers, person, STANDING, stand, 3.9);
    requireContacts(peers, person, WALKING, walk, 1);
    List<PeerComparison> rows = new ArrayList<>(rows(peers, swimmer, walker, medium));
    rows.addAll(rowsOnTheGround(peers, person, walk, stand));
    boolean kept = run(rows, passes);
    System.out.printf(
        "%n%d passes a row; a pass is ours, peer, peer, ours, 3 ms each.%s%n",
        passes, kept ? "" : " A promise is missed.");
    return kept;
  }

  private static List<Path> robots(Path packages) {
    Path gymnasium = packages.resolve("gymnasium/envs/mujoco/assets");
    Path suite = packages.resolve("dm_control/suite");
    return Stream.concat(
            GYMNASIUM.stream().map(gymnasium::resolve), SUITE.stream().map(suite::resolve))
        .toList();
  }

  private static boolean compareRobots(PeerProcess peers, List<Path> files, int passes) {
    List<PeerComparison> rows = new ArrayList<>();
    for (Path file : files) {
      FileRobot robot = FileRobot.read(peers, file);
      rows.addAll(rows(peers, robot.name(), robot.environment(), robot.air(), 50));
      if (robot.ground().T > 0) {
        String ground = robot.peerOnTheGround();
        rows.addAll(rows(peers, ground, robot.environment(), robot.ground(), 40));
        System.out.printf(
            Locale.ROOT,
            "Contacts, %s: ours %.1f, MuJoCo's %.1f.%n",
            robot.name(),
            robot.contacts(),
            peers.contacts(ground)[0]);
      }
    }
    boolean kept = run(rows, passes);
    System.out.printf(
        "%nSteps of ours take 10 ms, MuJoCo's (Euler) 2 ms: five are compared with one.%s%n",
        kept ? "" : " A promise is missed.");
    return kept;
  }

  private static boolean run(List<PeerComparison> rows, int passes) {
    System.out.println();
    System.out.println(
        "| row | ours, ns | peer, ns | peer / ours, median (5 to 95 %) | at least | aim | B/call |");
    System.out.println("|---|---|---|---|---|---|---|");
    boolean kept = true;
    for (PeerComparison row : rows) {
      row.warmUp();
      PeerComparison.Result result = row.run(passes, PeerComparison.SHORT_SAMPLE);
      double bytes = Allocation.bytesPerCall(row.ours(), ALLOCATION_CALLS);
      print(row, result, bytes);
      kept &= bytes == 0 && !(result.ratio() < row.atLeast());
    }
    return kept;
  }

  /** A control step of a robot's from a file and its derivatives, against the peer of a name. */
  private static List<PeerComparison> rows(
      PeerProcess peers, String peer, Environment environment, Trajectory run, double atLeast) {
    return List.of(
        new PeerComparison(
            peer + ": a step",
            Kernels.controlStep(environment, run),
            calls -> PEER_STEPS * peers.nanosecondsPerCall("mj_step", peer, calls),
            8,
            Double.NaN),
        new PeerComparison(
            peer + ": f_x, f_u",
            Kernels.linearization(environment, run),
            calls -> peers.nanosecondsPerCall("mj_transition_fd", peer, calls),
            atLeast,
            Double.NaN));
  }

  private static List<PeerComparison> rows(
      PeerProcess peers, Robot swimmer, Robot walker, List<ForceModel> medium) {
    EnvironmentSpec spec = new Swimmer().create(Map.of()).spec();
    double h = spec.dt() / spec.substeps();
    double none = Double.NaN;
    return List.of(
        new PeerComparison(
            "swimmer substep with drag, MuJoCo mj_step (Euler)",
            Kernels.step(swimmer, medium, h),
            calls -> peers.nanosecondsPerCall("mj_step", "swimmer", calls),
            10,
            25),
        new PeerComparison(
            "swimmer substep with drag and f_x, f_u, MuJoCo mjd_transitionFD (centred)",
            Kernels.stepDerivatives(swimmer, medium, h),
            calls -> peers.nanosecondsPerCall("mj_transition_fd", "swimmer", calls),
            100,
            200),
        new PeerComparison(
            "walker tree, bare: f, f_x, f_u, Pinocchio computeABADerivatives",
            Kernels.accelerationDerivatives(walker),
            calls -> peers.nanosecondsPerCall("aba_derivatives", "walker", calls),
            4,
            10),
        new PeerComparison(
            "walker tree, bare: f, Pinocchio aba",
            Kernels.acceleration(walker),
            calls -> peers.nanosecondsPerCall("aba", "walker", calls),
            none,
            none),
        new PeerComparison(
            "swimmer, bare: f, f_x, f_u, Pinocchio computeABADerivatives",
            Kernels.accelerationDerivatives(swimmer),
            calls -> peers.nanosecondsPerCall("aba_derivatives", "swimmer", calls),
            none,
            none),
        new PeerComparison(
            "swimmer, bare: f, Pinocchio aba",
            Kernels.acceleration(swimmer),
            calls -> peers.nanosecondsPerCall("aba", "swimmer", calls),
            none,
            none));
  }

  /** Says how many contacts either side has, and stops unless both have some. */
  private static void requireContacts(
      PeerProcess peers, Environment person, String robot, Trajectory run, double least) {
    double ours = WalkerStates.contacts(person, run);
    double[] theirs = peers.contacts(robot);
    System.out.printf(
        Locale.ROOT,
        "Contacts, %s: ours %.1f; MuJoCo's %.1f at the states, %.1f on the runs of steps from them.%n",
        robot,
        ours,
        theirs[0],
        theirs[1]);
    if (!(Math.min(ours, Math.min(theirs[0], theirs[1])) >= least)) {
      throw new IllegalStateException("the " + robot + " hardly touches the ground");
    }
  }

  private static List<PeerComparison> rowsOnTheGround(
      PeerProcess peers, Environment person, Trajectory walk, Trajectory stand) {
    return List.of(
        new PeerComparison(
            "walker walking, 10 ms: a control step, 5 MuJoCo mj_step (Euler) of 2 ms",
            Kernels.controlStep(person, walk),
            calls -> PEER_STEPS * peers.nanosecondsPerCall("mj_step", WALKING, calls),
            5,
            20),
        new PeerComparison(
            "walker standing: a control step and cost with all derivatives, "
                + "MuJoCo mjd_transitionFD (centred) of 2 ms",
            Kernels.linearization(person, stand),
            calls -> peers.nanosecondsPerCall("mj_transition_fd", STANDING, calls),
            50,
            200),
        new PeerComparison(
            "the same, walking",
            Kernels.linearization(person, walk),
            calls -> peers.nanosecondsPerCall("mj_transition_fd", WALKING, calls),
            Double.NaN,
            Double.NaN));
  }

  private static void print(PeerComparison row, PeerComparison.Result result, double bytes) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.0f | %.1f (%.1f to %.1f) | %s | %s | %s |%n",
        row.name(),
        result.ours(),
        result.peer(),
        result.ratio(),
        result.low(),
        result.high(),
        target(row.atLeast()),
        target(row.aim()),
        bytes == 0 ? "0" : String.format(Locale.ROOT, "%.3g", bytes));
  }

  private static String target(double ratio) {
    return Double.isNaN(ratio) ? "–" : String.format(Locale.ROOT, "%.0f", ratio);
  }
}
