package io.gaitway.sim.mjcf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file means: units, orientations, defaults, frames, includes, masses and inertias. */
final class SceneTest {
  private static final double TOLERANCE = 1e-14;

  private static Scene scene(String before, String inBody) {
    return Texts.of(
            """
            <mujoco model="m">
              %s
              <worldbody><body name="b"><joint name="j" axis="0 1 0"/>%s</body></worldbody>
            </mujoco>
            """
                .formatted(before, inBody))
        .scene();
  }

  private static Geom geom(String before, String attributes) {
    return scene(before, "<geom " + attributes + "/>").bodies().get(1).geoms().get(0);
  }

  private static void assertClose(Vec3 expected, Vec3 actual) {
    assertEquals(0, expected.minus(actual).norm(), TOLERANCE, () -> expected + " and " + actual);
  }

  /** All of them turn z to x. */
  @ParameterizedTest
  @CsvSource({
    "degree, xyz, quat=\"1 0 1 0\"",
    "degree, xyz, axisangle=\"0 2 0 90\"",
    "radian, xyz, axisangle=\"0 2 0 1.5707963267948966\"",
    "degree, xyz, xyaxes=\"0 0 -2 0 3 1\"",
    "degree, xyz, zaxis=\"5 0 0\"",
    "degree, xyz, euler=\"0 90 0\"",
    "degree, xzy, euler=\"90 90 0\"",
    "degree, YXZ, euler=\"90 0 0\"",
    "degree, XYZ, euler=\"-90 90 90\"",
  })
  void orientationsAreWrittenInFiveWays(String unit, String order, String attribute) {
    Geom geom =
        geom(
            "<compiler angle=\"%s\" eulerseq=\"%s\"/>".formatted(unit, order),
            "type=\"capsule\" size=\".1 .2\" " + attribute);
    Vec3 z = geom.pose().quat().rotate(Vec3.Z);
    if (order.equals("xzy")) { // about x, then about the turned z
      assertClose(Vec3.Y.times(-1), z);
    } else if (order.equals("XYZ")) { // about the axes that stay
      assertClose(Vec3.Y, Quat.of(Vec3.Z, Math.PI / 2).rotate(Vec3.X));
      assertClose(
          Quat.of(Vec3.Z, Math.PI / 2)
              .times(Quat.of(Vec3.Y, Math.PI / 2))
              .times(Quat.of(Vec3.X, -Math.PI / 2))
              .rotate(Vec3.Z),
          z);
    } else {
      assertClose(Vec3.X, z);
    }
  }

  @Test
  void aCapsuleFromOnePointToAnotherLiesBetweenThem() {
    Geom geom = geom("", "type=\"capsule\" size=\".1\" fromto=\"1 0 0 1 4 3\"");
    assertClose(new Vec3(1, 2, 1.5), geom.pose().pos());
    assertClose(new Vec3(0, -0.8, -0.6), geom.pose().quat().rotate(Vec3.Z));
    assertEquals(2.5, geom.size()[1], TOLERANCE);
  }

  @Test
  void aClassBeginsAsTheOneThatItStandsIn() {
    String defaults =
        """
        <default>
          <geom type="box" size=".1 .2 .3" density="500" friction=".5 .1 .2"/>
          <default class="inner">
            <geom friction=".7"/>
            <default class="innermost"><geom size=".4" mass="2"/></default>
          </default>
        </default>
        """;
    Geom plain = geom(defaults, "");
    assertEquals(500 * 8 * 0.006, plain.mass(), TOLERANCE);
    assertEquals(0.5, plain.friction());
    Geom inner = geom(defaults, "class=\"inner\"");
    assertEquals(0.7, inner.friction());
    Geom innermost = geom(defaults, "class=\"innermost\" size=\".5 .6\"");
    assertEquals(
        List.of(0.5, 0.6, 0.3),
        List.of(innermost.size()[0], innermost.size()[1], innermost.size()[2]));
    assertEquals(2, innermost.mass());
    assertEquals(0.7, innermost.friction());
  }

  @Test
  void theNearestChildClassHolds() {
    Scene scene =
        Texts.of(
                """
                <mujoco>
                  <default>
                    <default class="a"><geom size=".1"/></default>
                    <default class="b"><geom size=".2"/></default>
                  </default>
                  <worldbody>
                    <body childclass="a"><joint/><geom/>
                      <frame childclass="b"><geom/></frame>
                      <body><geom/><geom class="b"/></body>
                      <body childclass="b"><geom/></body>
                    </body>
                  </worldbody>
                </mujoco>
                """)
            .scene();
    List<Double> sizes =
        scene.bodies().stream().flatMap(b -> b.geoms().stream()).map(g -> g.size()[0]).toList();
    assertEquals(List.of(0.1, 0.2, 0.1, 0.2, 0.2), sizes);
  }

  @Test
  void framesPlaceWhatStandsInThem() {
    Scene scene =
        Texts.of(
                """
                <mujoco>
                  <worldbody>
                    <frame pos="0 0 1" euler="0 90 0">
                      <body name="b" pos="0 0 2">
                        <frame euler="90 0 0">
                          <joint axis="0 0 1" pos="0 0 3"/><geom size=".1" pos="0 1 0"/>
                          <site name="s" pos="1 0 0"/>
                          <inertial pos="0 1 0" mass="1" diaginertia="1 2 2.5"/>
                        </frame>
                      </body>
                    </frame>
                  </worldbody>
                </mujoco>
                """)
            .scene();
    Body body = scene.bodies().get(1);
    assertClose(new Vec3(2, 0, 1), body.pose().pos());
    assertClose(new Vec3(0, -1, 0), body.joints().get(0).axis());
    assertClose(new Vec3(0, -3, 0), body.joints().get(0).pos());
    assertClose(new Vec3(0, 0, 1), body.geoms().get(0).pose().pos());
    assertClose(new Vec3(1, 0, 0), body.sites().get(0).pos());
    assertClose(new Vec3(0, 0, 1), body.inertial().com());
    assertEquals(2.5, body.inertial().inertia().yy(), TOLERANCE);
  }

  @Test
  void includesStandForWhatIsInThem() {
    Scene scene =
        Texts.of(
                """
                <mujoco model="whole">
                  <include file="parts/defaults.xml"/>
                  <worldbody><body><joint/><include file="parts/shapes.xml"/></body></worldbody>
                </mujoco>
                """)
            .with(
                "parts/defaults.xml",
                "<mujoco model=\"part\"><default><geom mass=\"3\"/></default></mujoco>")
            .with("parts/shapes.xml", "<any><geom size=\".1\"/><include file=\"more.xml\"/></any>")
            .with("parts/more.xml", "<any><geom size=\".2\"/></any>")
            .scene();
    assertEquals("whole", scene.name());
    assertEquals(6, scene.bodies().get(1).inertial().mass(), TOLERANCE);
  }

  @Test
  void angularUnitsAreThoseOfHinges() {
    String inBody =
        """
        <joint name="s" type="slide" axis="1 0 0" range="-2 2" ref="1" springref="3"/>
        <joint name="h" range="-90 180" ref="90" springref="45"/><geom size=".1"/>
        """;
    List<Joint3> degrees = scene("", inBody).joints();
    assertEquals(-2, degrees.get(1).lower());
    assertEquals(3, degrees.get(1).springRef());
    assertEquals(-Math.PI / 2, degrees.get(2).lower(), TOLERANCE);
    assertEquals(Math.PI, degrees.get(2).upper(), TOLERANCE);
    assertEquals(Math.PI / 2, degrees.get(2).ref(), TOLERANCE);
    assertEquals(Math.PI / 4, degrees.get(2).springRef(), TOLERANCE);
    Joint3 radians = scene("<compiler angle=\"radian\"/>", inBody).joints().get(2);
    assertEquals(-90, radians.lower());
    assertEquals(90, radians.ref());
  }

  @Test
  void aRangeLimitsIfItIsNotSaidToDoNot() {
    List<Joint3> joints =
        scene(
                "",
                """
                <joint range="-1 1"/><joint range="-1 1" limited="false"/><joint/><geom size=".1"/>
                """)
            .joints();
    assertTrue(joints.get(1).isLimited());
    assertEquals(
        List.of(false, false), List.of(joints.get(2).isLimited(), joints.get(3).isLimited()));
  }

  /** Integrals of a density of 1000 over solids, and over the faces of shells. */
  @ParameterizedTest
  @CsvSource({
    "sphere, .3, false, 113.09733552923255, 4.071504079052372",
    "box, .1 .2 .3, false, 48, 2.08",
    "cylinder, .1 .5, false, 31.41592653589793, 2.6965336943312393",
    "capsule, .1 .5, false, 35.60471674068432, 3.917566039026472",
    "ellipsoid, .1 .2 .3, false, 25.132741228718345, 0.6534512719466771",
    "sphere, .3, true, 1130.9733552923256, 67.85840131753953",
    "box, .1 .2 .3, true, 880, 54.13333333333333",
  })
  void massesAndInertiasAreThoseOfSolids(
      String type, String size, boolean shell, double mass, double aboutX) {
    Geom geom =
        geom("", "type=\"%s\" size=\"%s\" shellinertia=\"%s\"".formatted(type, size, shell));
    assertEquals(mass, geom.mass(), 1e-12 * mass);
    assertEquals(aboutX, geom.inertial().inertia().xx(), 1e-12 * aboutX);
  }

  @Test
  void severalGeomsAreOneBody() {
    Scene scene =
        scene(
            "",
            "<geom size=\".1\" mass=\"1\" pos=\"1 0 0\"/><geom size=\".1\" mass=\"3\" pos=\"-1 0 0\"/>");
    Inertial inertial = scene.bodies().get(1).inertial();
    assertEquals(4, inertial.mass());
    assertClose(new Vec3(-0.5, 0, 0), inertial.com());
    double own = 4 * 2 * 0.01 / 5;
    assertEquals(own, inertial.inertia().xx(), TOLERANCE);
    assertEquals(own + 1 * 1.5 * 1.5 + 3 * 0.5 * 0.5, inertial.inertia().zz(), TOLERANCE);
  }

  @Test
  void anInertialStandsBeforeTheGeomsUnlessTheCompilerSaysOtherwise() {
    String inBody =
        """
        <inertial pos="1 0 0" mass="2" diaginertia="1 2 2.5" euler="0 0 90"/>
        <geom size=".1" mass="5"/>
        """;
    Inertial stated = scene("", inBody).bodies().get(1).inertial();
    assertEquals(2, stated.mass());
    assertEquals(2, stated.inertia().xx(), TOLERANCE);
    assertEquals(1, stated.inertia().yy(), TOLERANCE);
    Inertial inferred =
        scene("<compiler inertiafromgeom=\"true\"/>", inBody).bodies().get(1).inertial();
    assertEquals(5, inferred.mass());
    assertClose(Vec3.ZERO, inferred.com());
  }

  @Test
  void theCompilerScalesBoundsAndChooses() {
    String inBody =
        "<geom size=\".1\" mass=\"1\" group=\"1\"/><geom size=\".1\" mass=\"1\" group=\"3\"/>";
    assertEquals(
        1,
        scene("<compiler inertiagrouprange=\"0 2\"/>", inBody).bodies().get(1).inertial().mass());
    assertEquals(
        7,
        scene("<compiler settotalmass=\"7\"/>", inBody).bodies().get(1).inertial().mass(),
        TOLERANCE);
    Inertial bounded =
        scene("<compiler boundmass=\"5\" boundinertia=\"1\"/>", inBody).bodies().get(1).inertial();
    assertEquals(5, bounded.mass());
    assertEquals(1, bounded.inertia().yy(), TOLERANCE);
    Inertial balanced =
        scene(
                "<compiler balanceinertia=\"true\"/>",
                "<inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"1 1 4\"/>")
            .bodies()
            .get(1)
            .inertial();
    assertEquals(2, balanced.inertia().zz(), TOLERANCE);
  }

  /** As MuJoCo 4 reads the same classes. */
  @ParameterizedTest
  @CsvSource({
    "<position kp='5' kv='2'/>, <position joint='j'/>, 5, -5, -2",
    "<general gainprm='7'/>, <position joint='j'/>, 7, -7, 0",
    "<position kp='5'/>, <velocity joint='j'/>, 1, 0, -1",
    "<velocity kv='5'/>, <general joint='j'/>, 5, 0, -5",
    "<position kp='5' kv='2'/>, <motor joint='j'/>, 1, 0, 0",
    "<velocity kv='8'/><default class='c'><position kp='3'/></default>, <velocity class='c' joint='j'/>, 8, 0, -8",
    "<general gainprm='9'/><motor gear='3'/>, <position joint='j'/>, 1, -1, 0",
    "<motor gear='3'/><general gainprm='9'/>, <position joint='j'/>, 9, -9, 0",
  })
  void actuatorsOfAClassShareWhatFitsThem(
      String defaults, String actuator, double gain, double b1, double b2) {
    Scene scene =
        Texts.of(
                """
                <mujoco><default>%s</default>
                  <worldbody><body><joint name="j"/><geom size=".1"/></body></worldbody>
                  <actuator>%s</actuator></mujoco>
                """
                    .formatted(defaults, actuator))
            .scene();
    Actuator3 read = scene.actuators().get(0);
    assertEquals(List.of(gain, b1, b2), List.of(read.gain(), read.b1() + 0.0, read.b2() + 0.0));
  }

  @Test
  void whatIsOnlySeenIsPassedOver() {
    Scene scene =
        Texts.of(
                """
                <mujoco>
                  <size nstack="3000"/>
                  <visual><map znear=".1"/></visual>
                  <statistic extent="2"/>
                  <custom><numeric name="n" data="1"/></custom>
                  <asset><mesh name="m" file="m.stl"/><material name="c" rgba="1 0 0 1"/></asset>
                  <worldbody>
                    <light pos="0 0 3"/><camera name="c" pos="0 -3 1"/>
                    <body><joint/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>
                      <geom type="mesh" mesh="m" contype="0" conaffinity="0"/>
                    </body>
                  </worldbody>
                  <sensor><clock name="t"/></sensor>
                </mujoco>
                """)
            .scene();
    assertTrue(scene.bodies().get(1).geoms().isEmpty());
  }
}
