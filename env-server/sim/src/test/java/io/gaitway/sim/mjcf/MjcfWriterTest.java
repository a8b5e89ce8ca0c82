package io.gaitway.sim.mjcf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.robots.Walker;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Parameters;
import io.gaitway.sim.task.Quantity;
import io.gaitway.sim.task.TaskBuilder;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.example.robots.CartAndPoles;
import org.junit.jupiter.api.Test;

/** A written robot, read again, is the same; that MuJoCo agrees is tested from Python. */
final class MjcfWriterTest {
  /** Everything that a file may have, on a plane that leans. */
  private static final String ROBOT =
      """
      <mujoco model="a &amp; b">
        <compiler angle="radian"/>
        <option timestep="0.004" density="3" viscosity="0.2"/>
        <worldbody>
          <geom type="plane" size="1 1 1" pos="0 0 -.5" friction=".8"/>
          <site name="goal" pos="3 3 0"/>
          <body name="trunk" pos="0 0 1" euler="0 0 .7">
            <joint name="z" type="slide" axis="0 0 1" ref="1"/>
            <joint name="x" type="slide" axis="1 0 0" damping="2"/>
            <joint name="pitch" axis="0 1 0"/>
            <geom type="box" size=".3 .1 .2" mass="4" euler="0 .3 0"/>
            <body name="leg" pos=".2 0 -.2" euler="0 .4 0">
              <joint name="hip" axis="0 -1 0" ref=".3" range="-1 1" armature=".1" damping=".2"/>
              <joint name="knee" axis="0 1 0" pos="0 0 -.5" stiffness="3" springref=".1"/>
              <geom type="capsule" fromto="0 .1 0 0 .1 -.8" size=".05" mass="1"/>
              <body name="foot" pos="0 0 -.8">
                <geom size=".1" mass="2" friction="1.5"/>
                <site name="sole" pos="0 0 -.1"/>
              </body>
            </body>
          </body>
        </worldbody>
        <actuator><motor joint="hip" gear="20" ctrlrange="-1 1"/><motor joint="x"/></actuator>
        <keyframe><key name="up" qpos="1 2 .3 .4 .5" qvel="5 4 3 2 1" ctrl=".5 -.5"/></keyframe>
      </mujoco>
      """;

  private static Robot again(Robot robot) {
    return Texts.of(MjcfWriter.write(robot)).robot();
  }

  @Test
  void aRobotOfAFileIsReadBack() {
    Robot robot = Texts.of(ROBOT).robot();
    Robot back = again(robot);
    assertSame(robot, back);
    assertEquals(robot.plane().x().x(), back.plane().x().x(), 1e-15);
    assertEquals(robot.sites().size(), back.sites().size());
    Robot.Keyframe up = back.keyframes().get(0);
    assertEquals(robot.keyframes().get(0), up);
  }

  @Test
  void robotsOfEnvironmentsAreReadBackAndStandWhereTheyStart() {
    for (Environment environment :
        List.of(
            new Walker().create(Map.of()),
            new Swimmer().create(Map.of("links", 5.0, "dt", 0.04)),
            new CartAndPoles().create(Map.of()))) {
      Robot robot = Robot.of(environment);
      Robot back = again(robot);
      assertSame(robot, back);
      assertEquals(environment.spec().id(), back.name());
      List<Double> start = environment.spec().initialState().mean();
      assertEquals(start.subList(0, robot.model().nv()), back.keyframes().get(0).q());
    }
  }

  @Test
  void whatMuJoCoHasNotIsRefused() {
    Parameters p = new Parameters(Map.of());
    Parameters.Course course = p.course(0.01, 0.1, 1, 10);
    Environment windy =
        new TaskBuilder("windy", "1", Swimmer.model(2), p)
            .force((motion, forces) -> {})
            .course(course, TimeStep.euler(course.h()))
            .cost("time", 1, Quantity.one())
            .build();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Robot.of(windy));
    assertTrue(
        String.valueOf(refused.getMessage())
            .startsWith("the environment 'windy' has a force law that"));
  }

  private static void assertSame(Robot robot, Robot back) {
    assertEquals(robot.coordinates().size(), back.coordinates().size());
    for (int c = 0; c < robot.model().nv(); c++) {
      Joint joint = robot.model().joint(c);
      assertEquals(robot.coordinates().get(c).name(), back.coordinates().get(c).name());
      assertEquals(joint, back.model().joint(c));
    }
    assertEquals(robot.drives(), back.drives());
    assertEquals(robot.floor(), back.floor());
    assertEquals(robot.medium(), back.medium());
    assertEquals(robot.timestep(), back.timestep());
    assertEquals(robot.model().mass(), back.model().mass(), 1e-12);
    if (robot.floor() != null) {
      assertEquals(touching(robot), touching(back));
    }
    int nv = robot.model().nv();
    double[] state = new double[2 * nv + robot.drives().size()];
    for (int i = 0; i < state.length; i++) {
      state[i] = Math.sin(3 * i + 1);
    }
    assertArrayEquals(motion(robot, state), motion(back, state), 1e-9);
  }

  private static long touching(Robot robot) {
    return robot.model().links().stream()
        .flatMap(link -> link.shapes().stream())
        .filter(shape -> shape.touchesGround())
        .count();
  }

  /** Energies and accelerations. */
  private static double[] motion(Robot robot, double[] state) {
    String line = new RobotReport(robot).motion(List.of(state)).get(0);
    String behind = line.substring(line.indexOf("\"kinetic\""));
    return Pattern.compile("-?\\d[-+.\\dE]*")
        .matcher(behind)
        .results()
        .mapToDouble(number -> Double.parseDouble(number.group()))
        .toArray();
  }
}
