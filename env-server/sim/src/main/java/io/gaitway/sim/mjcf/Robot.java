package io.gaitway.sim.mjcf;

import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Mechanics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A planar robot from a file in MuJoCo's XML (MJCF).
 *
 * <p>Its coordinates are MuJoCo's: the same values, in the same units, with springs and limits at
 * the same values. Their order is that of the {@link PlanarModel}, which has the root's slide along
 * x first; {@link Coordinate#qpos} says where MuJoCo has them. The frames of all links are unturned
 * where the file places the bodies.
 *
 * @param name of the model
 * @param model the links, joints and gravity
 * @param plane where the plane of motion lies in the file's world
 * @param coordinates in the model's order
 * @param drives the motors, in the file's order
 * @param floor level ground that the robot may touch; null if there is none
 * @param medium what the robot moves in
 * @param timestep length of MuJoCo's step, s
 * @param keyframes in the file's order
 * @param bodies where the file's bodies are, in the file's order, without the world
 * @param sites the file's sites
 * @param warnings what the model does not follow to the letter
 */
public record Robot(
    String name,
    PlanarModel model,
    Plane plane,
    List<Coordinate> coordinates,
    List<Drive> drives,
    @Nullable Floor floor,
    Medium medium,
    double timestep,
    List<Keyframe> keyframes,
    List<BodyPlace> bodies,
    List<PointPlace> sites,
    List<MjcfWarning> warnings) {

  /**
   * Reads a robot.
   *
   * @param file name of the file, as {@code files} knows it
   * @param files opens it and what it includes
   * @throws MjcfException if the file is wrong, too large, or no planar robot of slides and hinges;
   *     it says in which line and why
   */
  public static Robot read(String file, MjcfFiles files) {
    return RobotFile.read(file, files).robot();
  }

  /**
   * The robot of an environment, to be written as a file: x forward, y up. Its keyframe {@code
   * start} is the mean initial state.
   *
   * @throws IllegalArgumentException if it is no planar robot, or if MuJoCo has no such force law
   */
  public static Robot of(Environment environment) {
    EnvironmentSpec spec = environment.spec();
    Mechanics mechanics = environment.mechanics();
    if (mechanics == null) {
      throw new IllegalArgumentException(
          "the environment '" + spec.id() + "' is no planar robot of links and joints");
    }
    PlanarModel model = mechanics.model();
    List<Coordinate> coordinates = new ArrayList<>();
    for (EnvironmentSpec.StateEntry entry : spec.state().subList(0, model.nv())) {
      coordinates.add(new Coordinate(entry.name(), coordinates.size(), 0));
    }
    List<Drive> drives = new ArrayList<>();
    for (Motor motor : mechanics.motors()) {
      EnvironmentSpec.ActionEntry action = spec.action().get(drives.size());
      drives.add(new Drive(action.name(), motor, action.lower(), action.upper()));
    }
    Floor floor = null;
    Medium medium = new Medium(0, 0);
    for (ForceModel law : mechanics.forces()) {
      if (law instanceof GroundContact ground) {
        floor = new Floor(ground.height(), ground.friction());
      } else if (law instanceof FluidDrag drag) {
        medium = new Medium(drag.density(), drag.viscosity());
      } else if (!(law instanceof JointLimits)) { // Ranges are the joints' own.
        throw new IllegalArgumentException(
            "the environment '%s' has a force law that MuJoCo has not: %s"
                .formatted(spec.id(), law.getClass().getSimpleName()));
      }
    }
    List<BodyPlace> bodies = new ArrayList<>();
    for (int i = 0; i < model.size(); i++) {
      Link link = model.link(i);
      bodies.add(new BodyPlace(link.name(), i, Vec2.ZERO, 0, link.mass(), link.inertia()));
    }
    List<Double> start = spec.initialState().mean();
    return new Robot(
        spec.id(),
        model,
        new Plane(Vec3.X, Vec3.Z),
        List.copyOf(coordinates),
        List.copyOf(drives),
        floor,
        medium,
        mechanics.time().h(),
        List.of(
            new Keyframe(
                "start",
                start.subList(0, model.nv()),
                start.subList(model.nv(), start.size()),
                Collections.nCopies(drives.size(), 0.0))),
        List.copyOf(bodies),
        List.of(),
        List.of());
  }

  /**
   * A coordinate.
   *
   * @param name the joint's name; made up if it has none
   * @param qpos index in MuJoCo's qpos and qvel
   * @param start value at which the bodies stand as the file places them
   */
  public record Coordinate(String name, int qpos, double start) {}

  /**
   * A motor with its bounds. A servo's spring and damper are part of the joint that it drives.
   *
   * @param name the actuator's name, or its joint's
   * @param motor the coordinate, and the force per control
   * @param lower least control; −∞ for none
   * @param upper greatest control; +∞ for none
   */
  public record Drive(String name, Motor motor, double lower, double upper) {}

  /**
   * Level ground.
   *
   * @param height in the plane, m
   * @param friction coefficient of sliding friction
   */
  public record Floor(double height, double friction) {}

  /**
   * A fluid at rest; none if both are 0.
   *
   * @param density kg/m³
   * @param viscosity Pa s
   */
  public record Medium(double density, double viscosity) {
    /** Whether there is none. */
    public boolean isEmpty() {
      return density == 0 && viscosity == 0;
    }
  }

  /**
   * A keyframe, in the model's order.
   *
   * @param name empty if it has none
   * @param q coordinates
   * @param qd their rates
   * @param u controls
   */
  public record Keyframe(String name, List<Double> q, List<Double> qd, List<Double> u) {}

  /**
   * Where a body of the file is.
   *
   * @param name the file's, or one that was made up
   * @param link that it is part of; −1 if it does not move
   * @param origin of its frame, in the link's frame or the plane, m
   * @param depth of its origin along the plane's normal, m
   * @param mass kg
   * @param inertia about its own centre of mass, about the plane's normal, kg m²
   */
  public record BodyPlace(
      String name, int link, Vec2 origin, double depth, double mass, double inertia) {}

  /**
   * Where a site of the file is.
   *
   * @param name empty if it has none
   * @param link that it is part of; −1 if it does not move
   * @param point in the link's frame or the plane, m
   */
  public record PointPlace(String name, int link, Vec2 point) {}
}
