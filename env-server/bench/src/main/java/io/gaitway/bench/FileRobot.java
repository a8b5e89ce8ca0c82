package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.server.catalog.RobotFolder;
import io.gaitway.sim.mjcf.Robot;
import io.gaitway.sim.mjcf.RobotFile;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.EnvironmentSpec.StateEntry;
import io.gaitway.sim.task.Workspace;
import io.gaitway.sim.taskfile.FileEnvironment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A robot of MuJoCo's XML as both sides read it, in states off the ground and, if it can touch it,
 * on the ground. There is no same work on the ground, as the contact laws differ: each side falls
 * from the file's pose without control, by its own law.
 *
 * @param name of the folder and the file, such as {@code suite/hopper}
 * @param environment our environment: control steps of 10 ms, each one step of the integrator
 * @param air states off the ground and within the ranges, with actions
 * @param ground states with a contact, without actions; empty if there is no ground
 */
record FileRobot(String name, Environment environment, Trajectory air, Trajectory ground) {
  private static final String TASK =
      """
      robot: %s
      dt: 0.01
      horizon: 100
      cost: {control: {of: actions, weight: 0.01}}
      """;

  private static final int STATES = 64;
  private static final long SEED = 9;

  /** How long a fall is watched, control steps; MuJoCo's as long, s. */
  private static final int FALL = 200;

  private static final double FALL_SECONDS = 2;

  /** The vertical slide of every robot that has one, and how far it lifts a robot, m. */
  private static final String VERTICAL = "rootz";

  private static final double LIFTED = 3;

  /** Reads a robot and tells the peers of it and of the states. */
  static FileRobot read(PeerProcess peers, Path file) {
    String text = TASK.formatted(file.getFileName());
    FileEnvironment read =
        FileEnvironment.read("robot", "task.yaml", text, null, RobotFolder.files(file));
    Environment environment = read.create(Map.of());
    String name = file.getName(file.getNameCount() - 2) + "/" + file.getFileName();
    name = name.replace("assets/", "gymnasium/").replace(".xml", "");
    Trajectory air = air(environment);
    peers.load(name, file);
    RobotFile robot = RobotFile.read(file.getFileName().toString(), RobotFolder.files(file));
    send(peers, name, robot.robot(), environment.spec(), air);
    FileRobot loaded = new FileRobot(name, environment, air, falling(environment));
    if (loaded.ground.T > 0) {
      peers.settle(name, loaded.peerOnTheGround(), FALL_SECONDS);
    }
    return loaded;
  }

  /** What the peers call the robot in its states on the ground. */
  String peerOnTheGround() {
    return name + "-ground";
  }

  private static Trajectory air(Environment environment) {
    EnvironmentSpec spec = environment.spec();
    SplittableRandom random = new SplittableRandom(SEED);
    Trajectory run = new Trajectory(STATES, spec.nx(), spec.nu());
    for (int t = 0; t < STATES; t++) {
      for (int i = 0; i < run.nx; i++) {
        StateEntry entry = spec.state().get(i);
        double start = spec.initialState().mean().get(i);
        double width = entry.upper() - entry.lower();
        double value = start + random.nextDouble(-0.5, 0.5);
        if (Double.isFinite(width)) {
          value = entry.lower() + random.nextDouble(0.2, 0.8) * width;
        }
        if (entry.name().equals(VERTICAL)) {
          value += LIFTED;
        }
        run.xs[t * run.nx + i] = value;
      }
      for (int i = 0; i < run.nu; i++) {
        double bound = Math.min(1, spec.action().get(i).upper());
        run.us[t * run.nu + i] = random.nextDouble(-bound, bound);
      }
    }
    return run;
  }

  private static Trajectory falling(Environment environment) {
    EnvironmentSpec spec = environment.spec();
    int nx = spec.nx();
    double[] forces = new double[2 * spec.contactPoints().size()];
    double[] u = new double[spec.nu()];
    double[] x = spec.initialState().mean().stream().mapToDouble(Double::doubleValue).toArray();
    double[] touching = new double[FALL * nx];
    Workspace workspace = environment.newWorkspace();
    int count = 0;
    for (int t = 0; t < FALL && forces.length > 0; t++) {
      if (!environment.contactForces(workspace, x, 0, u, 0, forces, 0)
          || !environment.step(workspace, x, 0, u, 0, x, 0)) {
        throw new IllegalStateException("the fall of a robot diverged at control step " + t);
      }
      if (Arrays.stream(forces).anyMatch(force -> force != 0)) {
        System.arraycopy(x, 0, touching, nx * count++, nx);
      }
    }
    Trajectory run = new Trajectory(Math.min(count, STATES), nx, spec.nu());
    for (int t = 0; t < run.T; t++) {
      System.arraycopy(touching, t * count / run.T * nx, run.xs, t * nx, nx);
    }
    return run;
  }

  /** Sends states in MuJoCo's order of coordinates. */
  private static void send(
      PeerProcess peers, String name, Robot robot, EnvironmentSpec spec, Trajectory run) {
    List<String> ours = spec.state().stream().map(StateEntry::name).toList();
    Map<String, Integer> qpos =
        robot.coordinates().stream()
            .collect(Collectors.toMap(Robot.Coordinate::name, Robot.Coordinate::qpos));
    int nv = run.nx / 2;
    for (int t = 0; t < run.T; t++) {
      double[] q = new double[nv];
      double[] v = new double[nv];
      for (int i = 0; i < nv; i++) {
        int at = Objects.requireNonNull(qpos.get(ours.get(i)));
        q[at] = run.xs[t * run.nx + i];
        v[at] = run.xs[t * run.nx + nv + i];
      }
      peers.addState(name, q, v, Arrays.copyOfRange(run.us, t * run.nu, (t + 1) * run.nu));
    }
  }

  /** Mean number of points of ours with a force at the states on the ground. */
  double contacts() {
    Workspace workspace = environment.newWorkspace();
    double[] forces = new double[2 * environment.spec().contactPoints().size()];
    int count = 0;
    for (int t = 0; t < ground.T; t++) {
      environment.contactForces(
          workspace, ground.xs, t * ground.nx, ground.us, t * ground.nu, forces, 0);
      for (int i = 1; i < forces.length; i += 2) {
        count += forces[i] != 0 ? 1 : 0;
      }
    }
    return (double) count / ground.T;
  }
}
