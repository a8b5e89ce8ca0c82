package io.gaitway.sim.mjcf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.dynamics.ForwardDynamics;
import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Vec2;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Planar robots of files: which plane, which links, and what they touch. */
final class RobotTest {
  private static final double TOLERANCE = 1e-14;

  /** A crawler: slides, a hinge, a leg with two hinges on one body, a foot that is fixed to it. */
  private static final String CRAWLER =
      """
      <mujoco model="crawler">
        <option timestep="0.004"/>
        <worldbody>
          <geom name="floor" type="plane" size="1 1 1" pos="0 0 -.5" friction=".8"/>
          <body name="trunk" pos="0 0 1">
            <joint name="z" type="slide" axis="0 0 1" ref="1"/>
            <joint name="x" type="slide" axis="1 0 0"/>
            <joint name="pitch" axis="0 1 0"/>
            <geom name="trunk" type="box" size=".3 .1 .2" mass="4"/>
            <body name="leg" pos=".2 0 -.2">
              <joint name="hip" axis="0 -1 0" ref="30" range="-60 60" armature=".1" damping=".2"/>
              <joint axis="0 1 0" pos="0 0 -.5" stiffness="3" springref="10"/>
              <geom type="capsule" fromto="0 .1 0 0 .1 -.8" size=".05" mass="1"/>
              <body name="foot" pos="0 0 -.8">
                <geom name="toe" size=".1" mass="2" friction="1.5"/>
                <site name="sole" pos="0 0 -.1"/>
              </body>
            </body>
          </body>
        </worldbody>
        <actuator>
          <motor joint="hip" gear="20" ctrlrange="-1 1"/>
          <general name="drive" joint="x" gear="2" gainprm="3" forcerange="-6 9" ctrlrange="-9 9"/>
        </actuator>
        <keyframe><key name="up" qpos="1 2 3 4 5" qvel="5 4 3 2 1" ctrl=".5 -.5"/><key/></keyframe>
      </mujoco>
      """;

  private final Robot crawler = Texts.of(CRAWLER).robot();

  @Test
  void coordinatesAreTheRootsSlidesThenTheHinges() {
    assertEquals(
        List.of("x", "z", "pitch", "hip", "hinge4"),
        crawler.coordinates().stream().map(Robot.Coordinate::name).toList());
    assertEquals(
        List.of(1, 0, 2, 3, 4),
        crawler.coordinates().stream().map(Robot.Coordinate::qpos).toList());
    assertTrue(crawler.model().root().floats());
    assertEquals("crawler", crawler.name());
    assertEquals(0.004, crawler.timestep());
    assertEquals(new Vec2(0, -9.81), crawler.model().gravity());
  }

  @Test
  void aBodyWithTwoHingesIsTwoLinksOfWhichTheFirstHasNoMass() {
    assertEquals(
        List.of("trunk", "leg_hip", "leg"),
        crawler.model().links().stream().map(Link::name).toList());
    Link hip = crawler.model().link(1);
    Link leg = crawler.model().link(2);
    assertEquals(0, hip.mass());
    assertEquals(1, hip.axis(), "about -y is counter-clockwise");
    assertEquals(-Math.PI / 6, hip.angle(), TOLERANCE);
    assertEquals(0.2, hip.hinge().x(), TOLERANCE);
    assertEquals(-0.2, hip.hinge().y(), TOLERANCE);
    assertEquals(-1, leg.axis());
    assertEquals(-0.5, leg.hinge().y(), TOLERANCE);
    assertEquals(Math.PI / 3, hip.joint().upper(), TOLERANCE);
    assertEquals(0.1, hip.joint().armature());
    assertEquals(3, leg.joint().stiffness());
    assertEquals(Math.PI / 18, leg.joint().rest(), TOLERANCE);
  }

  @Test
  void aBodyWithoutJointsIsPartOfItsParent() {
    Link leg = crawler.model().link(2);
    assertEquals(3, leg.mass(), TOLERANCE);
    double centre = (1 * -0.4 + 2 * -0.8) / 3;
    assertEquals(0, leg.com().x(), TOLERANCE);
    assertEquals(centre + 0.5, leg.com().y(), TOLERANCE);
    assertEquals(2, leg.shapes().size());
    Robot.BodyPlace foot = crawler.bodies().get(2);
    assertEquals("foot", foot.name());
    assertEquals(2, foot.link());
    assertEquals(-0.3, foot.origin().y(), TOLERANCE);
    assertEquals(2 * 2 * 0.01 / 5, foot.inertia(), TOLERANCE);
    assertEquals(-0.4, crawler.sites().get(0).point().y(), TOLERANCE);
  }

  @Test
  void theRootStandsWhereItsSlidesAreZero() {
    assertEquals(new Vec2(0, 0), crawler.model().link(0).hinge());
  }

  @Test
  void motorsHaveGearsAndBounds() {
    assertEquals(
        List.of(
            new Robot.Drive("hip", new Motor(3, 20), -1, 1),
            new Robot.Drive("drive", new Motor(0, 6), -2, 3)),
        crawler.drives());
  }

  @Test
  void keyframesAreInTheModelsOrder() {
    Robot.Keyframe up = crawler.keyframes().get(0);
    assertEquals(List.of(2.0, 1.0, 3.0, 4.0, 5.0), up.q());
    assertEquals(List.of(4.0, 5.0, 3.0, 2.0, 1.0), up.qd());
    assertEquals(List.of(0.5, -0.5), up.u());
    Robot.Keyframe placed = crawler.keyframes().get(1);
    assertEquals(List.of(0.0, 1.0, 0.0, Math.PI / 6, 0.0), placed.q());
  }

  @Test
  void theFloorHasTheFrictionOfWhatStandsLowest() {
    Robot.Floor floor = Objects.requireNonNull(crawler.floor());
    assertEquals(-0.5, floor.height());
    assertEquals(1.5, floor.friction());
  }

  @Test
  void warningsSayWhatIsNotFollowed() {
    List<String> warnings = crawler.warnings().stream().map(MjcfWarning::toString).toList();
    assertEquals(
        List.of(
            "robot.xml:4: <geom name=\"floor\">: friction of each geom by itself, from 1.0 to 1.5;"
                + " the ground has one coefficient, 1.5, that of the geom that stands lowest",
            "robot.xml:4: <geom name=\"floor\">: MuJoCo's contacts; smooth ground with Coulomb"
                + " friction carries the robot",
            "robot.xml:11: <joint name=\"hip\">: MuJoCo's limits of 1 joint; soft limits, springs"
                + " and dampers that fade in before them, take their place"),
        warnings);
  }

  private static Robot robot(String options, String inWorld, String inBody, String behind) {
    return Texts.of(
            """
            <mujoco>
              %s
              <worldbody>%s<body name="b">%s</body></worldbody>
              %s
            </mujoco>
            """
                .formatted(options, inWorld, inBody, behind))
        .robot();
  }

  /** The axes of the plane, whichever way the hinges point and things fall. */
  @ParameterizedTest
  @CsvSource({
    "0 1 0, 0 0 -9.81, 1 0 0, 0 0 1, -1",
    "0 -1 0, 0 0 -9.81, 1 0 0, 0 0 1, 1",
    "0 0 1, 0 0 -9.81, 1 0 0, 0 1 0, 1",
    "1 0 0, 0 0 -9.81, 0 1 0, 0 0 1, 1",
    "0 0 1, 0 9.81 0, -1 0 0, 0 -1 0, 1",
    "0 0 1, 0 0 0, 1 0 0, 0 1 0, 1",
    "0 1 0, 1e-5 0 -9.81, 1 0 0, 0 0 1, -1",
  })
  void thePlaneIsThatOfTheHinges(String axis, String gravity, String x, String y, int sense) {
    Robot robot =
        robot(
            "<option gravity=\"" + gravity + "\"/>",
            "",
            "<joint axis=\"" + axis + "\"/><geom size=\".1\" pos=\".1 .1 .1\"/>",
            "");
    if (gravity.equals("0 9.81 0")) { // x stays forward
      assertEquals(new Vec3(1, 0, 0), robot.plane().x());
      assertEquals(-sense, robot.model().link(0).axis());
      return;
    }
    assertEquals(vector(x), robot.plane().x());
    assertEquals(vector(y), robot.plane().y());
    assertEquals(sense, robot.model().link(0).axis());
  }

  private static Vec3 vector(String text) {
    String[] parts = text.split(" ");
    return new Vec3(
        Double.parseDouble(parts[0]), Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
  }

  @Test
  void aSlideBackwardTurnsThePlaneRound() {
    Robot robot =
        robot(
            "",
            "",
            "<joint type=\"slide\" axis=\"-1 0 0\"/><joint axis=\"0 1 0\"/><geom size=\".1\"/>",
            "");
    assertEquals(new Vec3(-1, 0, 0), robot.plane().x());
    assertEquals(1, robot.model().link(0).axis());
  }

  @Test
  void aPendulumSwingsAsItShould() {
    Robot robot =
        robot(
            "",
            "",
            "<joint axis=\"0 1 0\" damping=\".3\"/><geom size=\".1\" mass=\"2\" pos=\"0 0 -.7\"/>",
            "");
    assertEquals(Root.HINGED, robot.model().root());
    ForwardDynamics dynamics = new ForwardDynamics(robot.model(), List.of(), List.of());
    ForwardDynamics.Data data = dynamics.newData();
    dynamics.evaluate(data, new double[] {0.4}, new double[] {1.5}, new double[0]);
    double inertia = 2 * 2 * 0.01 / 5 + 2 * 0.49;
    assertEquals((-2 * 9.81 * 0.7 * Math.sin(0.4) - 0.3 * 1.5) / inertia, data.qdd(0), 1e-13);
  }

  @Test
  void severalBodiesMayHangOnTheWorld() {
    Robot robot =
        robot(
            "",
            "<body name=\"a\" pos=\"1 0 2\"><joint name=\"a\" axis=\"0 1 0\"/><geom size=\".1\"/></body>",
            "<joint name=\"b\" axis=\"0 1 0\"/><geom size=\".1\"/>",
            "");
    assertEquals(Root.FIXED, robot.model().root());
    assertEquals(
        List.of("world", "a", "b"), robot.model().links().stream().map(Link::name).toList());
    assertEquals(new Vec2(1, 2), robot.model().link(1).hinge());
    assertEquals(2, robot.coordinates().size());
  }

  @Test
  void aServoIsASpringAndADamperBesideAMotor() {
    Robot robot =
        robot(
            "",
            "",
            "<joint name=\"j\" axis=\"0 1 0\" stiffness=\"2\" springref=\"30\" damping=\"1\"/><geom size=\".1\"/>",
            """
            <actuator>
              <position joint="j" gear="3" kp="5" kv=".5"/>
              <general joint="j" biastype="affine" biasprm="4 -1 0"/>
            </actuator>
            """);
    Joint joint = robot.model().joint(0);
    assertEquals(2 + 9 * 5 + 1, joint.stiffness(), TOLERANCE);
    assertEquals(1 + 9 * 0.5, joint.damping(), TOLERANCE);
    assertEquals((2 * Math.PI / 6 + 4) / 48, joint.rest(), TOLERANCE);
    assertEquals(List.of("j", "j_2"), robot.drives().stream().map(Robot.Drive::name).toList());
    assertEquals(15, robot.drives().get(0).motor().gear());
  }

  @Test
  void whatIsSwitchedOffIsNotThere() {
    String inBody =
        "<joint name=\"j\" axis=\"0 1 0\" range=\"-1 1\" stiffness=\"2\" damping=\"1\"/><geom size=\".1\"/>";
    String floor = "<geom type=\"plane\" size=\"1 1 1\"/>";
    assertNotNull(robot("", floor, inBody, "").floor());
    Robot off =
        robot(
            "<option><flag contact=\"disable\" limit=\"disable\" spring=\"disable\" damper=\"disable\" gravity=\"disable\"/></option>",
            floor,
            inBody,
            "");
    assertNull(off.floor());
    assertEquals(Joint.FREE, off.model().joint(0));
    assertEquals(0, off.model().gravity().y(), 0);
    assertTrue(off.warnings().isEmpty());
  }

  @Test
  void bitsAndPairsAndExclusionsDecideWhatTouches() {
    String floor =
        "<geom name=\"floor\" type=\"plane\" size=\"1 1 1\" contype=\"2\" conaffinity=\"4\"/>";
    String inBody =
        "<joint axis=\"0 1 0\"/><geom name=\"foot\" size=\".1\" contype=\"%s\" conaffinity=\"%s\"/>";
    assertNull(robot("", floor, inBody.formatted(2, 1), "").floor());
    assertNotNull(robot("", floor, inBody.formatted(4, 0), "").floor());
    assertNotNull(robot("", floor, inBody.formatted(0, 2), "").floor());
    String exclude = "<contact><exclude body1=\"b\" body2=\"world\"/></contact>";
    assertNull(robot("", floor, inBody.formatted(4, 0), exclude).floor());
    String pair = "<contact><pair geom1=\"foot\" geom2=\"floor\"/></contact>";
    assertNotNull(robot("", floor, inBody.formatted(0, 0), pair).floor());
  }

  @Test
  void outlinesTouchWhereTheSolidsDo() {
    Robot robot =
        robot(
            "",
            "<geom type=\"plane\" size=\"1 1 1\"/>",
            """
            <joint axis="0 1 0"/>
            <geom type="sphere" size=".1" pos="1 2 3"/>
            <geom type="capsule" size=".1 .5" euler="45 0 0"/>
            <geom type="box" size=".1 .2 .3" euler="0 30 0"/>
            <geom type="cylinder" size=".1 .5" zaxis="1 0 0"/>
            <geom type="cylinder" size=".1 .5" zaxis="0 1 0" conaffinity="0" contype="0"/>
            <geom type="ellipsoid" size=".1 .2 .3"/>
            """,
            "");
    List<io.gaitway.sim.model.Shape> shapes = robot.model().link(0).shapes();
    assertEquals(new Capsule(new Vec2(1, 3), new Vec2(1, 3), 0.1), shapes.get(0));
    Capsule shadow = (Capsule) shapes.get(1);
    assertEquals(0.5 * Math.sqrt(0.5), Math.abs(shadow.to().y()), TOLERANCE);
    Box box = (Box) shapes.get(2);
    assertEquals(0.06, box.halfX() * box.halfY() * 2, TOLERANCE);
    assertTrue(shapes.get(3) instanceof Box);
    assertEquals(new Capsule(Vec2.ZERO, Vec2.ZERO, 0.1, false), shapes.get(4));
    Capsule within = (Capsule) shapes.get(5);
    assertEquals(0.1, within.radius());
    assertEquals(0.4, within.length(), TOLERANCE);
    assertEquals(
        2,
        robot.warnings().stream()
            .filter(w -> w.leftOut().matches("a cylinder|an ellipsoid"))
            .count());
  }

  @Test
  void aReportIsJson() {
    RobotReport report = new RobotReport(crawler);
    assertTrue(report.description().startsWith("{\"name\": \"crawler\", \"timestep\": 0.004, "));
    List<String> lines = report.motion(List.of(new double[10], new double[12]));
    assertEquals(2, lines.size());
    assertTrue(lines.get(0).contains("\"kinetic\": 0.0"), lines.get(0));
    assertEquals(lines.get(0), lines.get(1));
  }
}
