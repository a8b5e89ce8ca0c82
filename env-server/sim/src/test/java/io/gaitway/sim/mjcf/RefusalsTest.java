package io.gaitway.sim.mjcf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that are wrong, hostile or not of planar robots: refused at once, with line and reason. */
final class RefusalsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** A pendulum with room for more: line 4 in the body, 7 behind the world. */
  private static String pendulum(String inBody, String behind) {
    return """
    <mujoco>
      <worldbody>
        <body name="pole">
          %s
          <joint name="hinge" axis="0 1 0"/>
          <geom name="pole" type="capsule" size=".05 .2"/>
        </body>
      </worldbody>
      %s
    </mujoco>
    """
        .formatted(inBody, behind);
  }

  private static Arguments inBody(String text, String reason) {
    return Arguments.of(text, pendulum(text, ""), 4, reason);
  }

  private static Arguments behind(String text, String reason) {
    return Arguments.of(text, pendulum("", text), 9, reason);
  }

  private static Arguments file(String what, String text, int line, String reason) {
    return Arguments.of(what, text, line, reason);
  }

  static Stream<Arguments> unsupported() {
    return Stream.of(
        inBody("<freejoint/>", "free joint"),
        inBody("<joint type=\"ball\"/>", "leaves the plane"),
        inBody("<joint type=\"free\"/>", "leaves the plane"),
        inBody("<joint axis=\"0 0 0\"/>", "axis is 0"),
        inBody("<joint range=\"2 1\" limited=\"true\"/>", "smaller than the second"),
        inBody("<joint springdamper=\"1 1\"/>", "springdamper"),
        inBody("<joint stiffness=\"1 2\"/>", "powers"),
        inBody("<joint damping=\"-1\"/>", "must not be negative"),
        inBody("<joint type=\"screw\"/>", "not one of free, ball, slide, hinge"),
        inBody("<geom type=\"mesh\" mesh=\"m\"/>", "assets"),
        inBody("<geom type=\"capsule\" fromto=\"0 0 0 0 0 0\" size=\".1\"/>", "are the same"),
        inBody("<geom type=\"sphere\" fromto=\"0 0 0 0 0 1\" size=\".1\"/>", "'fromto' is for"),
        inBody(
            "<geom type=\"capsule\" pos=\"0 0 1\" fromto=\"0 0 0 0 0 1\" size=\".1\"/>",
            "leave one"),
        inBody("<geom type=\"box\" size=\".1 .1\"/>", "size 3"),
        inBody("<geom size=\"-1\"/>", "must be positive"),
        inBody("<geom size=\".1\" condim=\"2\"/>", "1, 3, 4 or 6"),
        inBody("<geom size=\".1\" mass=\"-1\"/>", "negative"),
        inBody("<geom size=\"NaN\"/>", "where a number should be"),
        inBody("<geom size=\"inf\"/>", "where a number should be"),
        inBody("<geom size=\"1e999\"/>", "too large"),
        inBody("<geom size=\"0x10\"/>", "where a number should be"),
        inBody("<geom size=\".1\" group=\"1.5\"/>", "whole number"),
        inBody("<geom size=\".1 .1 .1 .1\"/>", "takes 1 to 3"),
        inBody("<geom size=\".1\" colour=\"red\"/>", "'colour' is not known"),
        inBody("<geom size=\".1\" class=\"nowhere\"/>", "no class of defaults 'nowhere'"),
        inBody("<geom size=\".1\" euler=\"0 0 1\" zaxis=\"0 0 1\"/>", "given twice"),
        inBody("<geom size=\".1\" zaxis=\"0 0 0\"/>", "no direction"),
        inBody("<geom size=\".1\"><plugin plugin=\"p\"/></geom>", "plugins"),
        inBody("<wheel/>", "not known here; <body> may hold"),
        inBody("<composite type=\"cable\"/>", "not supported"),
        inBody("<replicate count=\"2\"/>", "not supported"),
        inBody("<attach prefix=\"p\" model=\"m\"/>", "not supported"),
        inBody("<body mocap=\"true\"/>", "mocap"),
        inBody("<body gravcomp=\"1\"/>", "gravcomp"),
        inBody("<body name=\"world\"/>", "may not be called"),
        inBody("<body name=\"pole\"/>", "another body of that name"),
        inBody("<body childclass=\"nowhere\"/>", "no class of defaults"),
        inBody("<inertial mass=\"1\"/>", "'pos' is missing"),
        inBody("<inertial pos=\"0 0 0\" mass=\"-1\"/>", "negative"),
        inBody(
            "<inertial pos=\"0 0 0\" mass=\"1\" diaginertia=\"1 1 3\"/>",
            "larger than the other two"),
        inBody(
            "<inertial pos=\"0 0 0\" mass=\"1\" fullinertia=\"1 1 -1 0 0 0\"/>",
            "must be positive"),
        inBody(
            "<inertial pos=\"0 0 0\" mass=\"1\" fullinertia=\"1 1 1 0 0 0\" quat=\"1 0 0 0\"/>",
            "stands for itself"),
        inBody(
            "<inertial pos=\"0 0 0\" mass=\"1\"/><inertial pos=\"0 0 0\" mass=\"1\"/>", "not two"),
        behind(
            "<tendon><fixed name=\"t\"><joint joint=\"hinge\" coef=\"1\"/></fixed></tendon>",
            "tendon"),
        behind("<equality><joint joint1=\"hinge\"/></equality>", "constraints"),
        behind("<extension><plugin plugin=\"p\"/></extension>", "extension"),
        behind("<deformable><skin/></deformable>", "deformable"),
        behind("<actuator><motor joint=\"elbow\"/></actuator>", "no joint 'elbow'"),
        behind("<actuator><motor/></actuator>", "drives nothing"),
        behind("<actuator><motor site=\"s\"/></actuator>", "on a site"),
        behind("<actuator><muscle joint=\"hinge\"/></actuator>", "'muscle' is not supported"),
        behind("<actuator><damper joint=\"hinge\" ctrlrange=\"0 1\"/></actuator>", "'damper'"),
        behind("<actuator><position joint=\"hinge\" timeconst=\"1\"/></actuator>", "activation"),
        behind("<actuator><position joint=\"hinge\" dampratio=\"1\"/></actuator>", "dampratio"),
        behind("<actuator><position joint=\"hinge\" forcerange=\"-1 1\"/></actuator>", "servo"),
        behind("<actuator><general joint=\"hinge\" gaintype=\"muscle\"/></actuator>", "the gain"),
        behind(
            "<actuator><general joint=\"hinge\" biastype=\"affine\" biasprm=\"1\"/></actuator>",
            "constant force"),
        behind(
            "<actuator><general joint=\"hinge\" biastype=\"affine\" biasprm=\"0 1\"/></actuator>",
            "pushes away"),
        behind(
            "<actuator><motor joint=\"hinge\" delay=\"1\" nsample=\"2\"/></actuator>", "delayed"),
        behind(
            "<actuator><motor joint=\"hinge\" armature=\"1\"/></actuator>", "give it to the joint"),
        behind(
            "<actuator><motor joint=\"hinge\" ctrlrange=\"1 0\" ctrllimited=\"true\"/></actuator>",
            "smaller"),
        behind(
            "<actuator><motor name=\"m\" joint=\"hinge\"/><motor name=\"m\" joint=\"hinge\"/></actuator>",
            "two actuators"),
        behind("<compiler coordinate=\"global\"/>", "global coordinates"),
        behind("<compiler eulerseq=\"abc\"/>", "eulerseq"),
        behind("<compiler autolimits=\"maybe\"/>", "not one of false, true"),
        behind("<option timestep=\"0\"/>", "timestep"),
        behind("<option density=\"-1\"/>", "negative"),
        behind("<option density=\"1\" wind=\"1 0 0\"/>", "wind"),
        behind("<default class=\"robot\"/>", "'main'"),
        behind("<default><default/></default>", "needs a name"),
        behind("<default><default class=\"a\"/><default class=\"a\"/></default>", "two classes"),
        behind("<default><joint name=\"j\"/></default>", "'name' is not known"),
        behind("<keyframe><key qpos=\"1 2\"/></keyframe>", "2 numbers, but the robot needs 1"),
        behind("<keyframe><key act=\"1\"/></keyframe>", "'act'"),
        behind("<contact><pair geom1=\"pole\" geom2=\"floor\"/></contact>", "no geom 'floor'"),
        behind("<contact><exclude body1=\"pole\" body2=\"ball\"/></contact>", "no body 'ball'"),
        behind("<include file=\"../other.xml\"/>", "not in the robot's folder"),
        behind("<include file=\"/etc/passwd\"/>", "not in the robot's folder"),
        behind("<include file=\"file:///etc/passwd\"/>", "not in the robot's folder"),
        behind("<include file=\"missing.xml\"/>", "no file 'missing.xml'"),
        behind("<include file=\"robot.xml\"/>", "included before"),
        behind("<include name=\"x\"/>", "'file' and nothing else"));
  }

  static Stream<Arguments> notPlanar() {
    return Stream.of(
        file(
            "hinges apart",
            """
            <mujoco><worldbody><body>
              <joint axis="0 1 0"/><geom size=".1"/>
              <body pos="1 0 0">
                <joint axis="0 .1 1"/><geom size=".1"/>
              </body></body></worldbody></mujoco>
            """,
            4,
            "not parallel to that in line 2"),
        file(
            "slide out of the plane",
            """
            <mujoco><worldbody><body>
              <joint axis="0 1 0" type="slide"/>
              <joint axis="0 1 0"/><geom size=".1"/>
            </body></worldbody></mujoco>
            """,
            2,
            "leaves the plane"),
        file(
            "oblique slide",
            """
            <mujoco><worldbody><body>
              <joint axis="1 0 1" type="slide"/>
              <joint axis="0 1 0"/><geom size=".1"/>
            </body></worldbody></mujoco>
            """,
            2,
            "oblique"),
        file(
            "slide downward",
            """
            <mujoco><worldbody><body>
              <joint axis="0 0 -1" type="slide"/>
              <joint axis="0 1 0"/><geom size=".1"/>
            </body></worldbody></mujoco>
            """,
            2,
            "downward"),
        file(
            "slide after a hinge",
            """
            <mujoco><worldbody><body>
              <joint axis="0 1 0"/><geom size=".1"/>
              <joint axis="1 0 0" type="slide"/>
            </body></worldbody></mujoco>
            """,
            3,
            "after a hinge"),
        file(
            "slide within",
            """
            <mujoco><worldbody><body>
              <joint axis="0 1 0"/><geom size=".1"/>
              <body>
                <joint axis="1 0 0" type="slide"/><geom size=".1"/>
              </body></body></worldbody></mujoco>
            """,
            4,
            "between two moving bodies"),
        file(
            "two roots",
            """
            <mujoco><worldbody><body>
              <joint axis="0 1 0"/><geom size=".1"/></body>
              <body>
                <joint axis="1 0 0" type="slide"/><geom size=".1"/>
              </body></worldbody></mujoco>
            """,
            4,
            "several bodies move from the world"),
        file(
            "two slides along one line",
            """
            <mujoco><worldbody><body>
              <joint axis="1 0 0" type="slide"/><geom size=".1"/>
              <joint axis="1 0 0" type="slide"/>
            </body></worldbody></mujoco>
            """,
            3,
            "two slides"),
        file(
            "nothing moves",
            "<mujoco><worldbody><geom size=\".1\"/></worldbody></mujoco>",
            1,
            "nothing moves"),
        file(
            "no inertia",
            "<mujoco><worldbody><body><joint/></body></worldbody></mujoco>",
            1,
            "without inertia"),
        file(
            "moving plane",
            """
            <mujoco><worldbody><body><joint/>
              <geom size=".1"/>
              <geom type="plane" size="1 1 1"/>
            </body></worldbody></mujoco>
            """,
            3,
            "must not move"),
        file(
            "joint of the world",
            "<mujoco><worldbody>\n<frame><joint/></frame></worldbody></mujoco>",
            2,
            "no joints"),
        file(
            "range without limited",
            """
            <mujoco><compiler autolimits="false"/><worldbody><body>
              <joint range="-1 1"/><geom size=".1"/>
            </body></worldbody></mujoco>
            """,
            2,
            "autolimits"));
  }

  static Stream<Arguments> notXml() {
    String deep = "<body>".repeat(500);
    String joints = "<joint axis=\"0 1 0\"/>".repeat(60);
    String body = "<body><geom size=\".1\"/></body>\n";
    return Stream.of(
        file("empty", "", 1, "not XML"),
        file("not closed", "<mujoco>\n<worldbody>\n</mujoco>", 3, "not XML"),
        file(
            "attribute twice",
            "<mujoco>\n<option timestep='1' timestep='1'/></mujoco>",
            2,
            "not XML"),
        file("URDF", "<robot name='r'/>", 1, "must be <mujoco>"),
        file("a document type", "<!DOCTYPE mujoco>\n<mujoco/>", 1, "document types"),
        file(
            "an entity bomb",
            """
            <!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
            <mujoco model="&d;"/>
            """,
            1,
            "document types"),
        file(
            "a file of the machine's as entity",
            "<!DOCTYPE m [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<mujoco>&x;</mujoco>",
            1,
            "document types"),
        file("an entity of no one's", "<mujoco>&x;</mujoco>", 1, "not XML"),
        file("too deep", "<mujoco><worldbody>" + deep, 1, "too deep"),
        file(
            "too many bodies",
            "<mujoco><worldbody>\n" + body.repeat(9_000) + "</worldbody></mujoco>",
            Limits.BODIES + 2,
            "too many bodies"),
        file("too many elements", "<mujoco>" + "<option/>".repeat(30_000), 1, "too many elements"),
        file(
            "too many joints",
            "<mujoco><worldbody><body>" + joints + "</body></worldbody></mujoco>",
            1,
            "too many joints"),
        file("too large", "<mujoco>" + " ".repeat(Limits.FILE_BYTES), 0, "too large"),
        file(
            "a long number",
            "<mujoco>\n<option timestep=\"" + "9".repeat(1_000_000) + "\"/></mujoco>",
            2,
            "too large"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"unsupported", "notPlanar", "notXml"})
  void isRefusedWithLineAndReason(String what, String text, int line, String reason) {
    MjcfException refusal =
        assertTimeoutPreemptively(
            SOON, () -> assertThrows(MjcfException.class, () -> Texts.of(text).robot()));
    assertTrue(refusal.reason().contains(reason), refusal.getMessage());
    assertEquals(line, refusal.line(), refusal.getMessage());
    assertEquals("robot.xml", refusal.file());
    assertTrue(refusal.reason().length() < 2000, "the message is short");
  }

  @Test
  void cyclesOfIncludesEnd() {
    Texts files =
        Texts.of("<mujoco><include file=\"a.xml\"/></mujoco>")
            .with("a.xml", "<mujoco>\n<include file=\"b.xml\"/></mujoco>")
            .with("b.xml", "<mujoco>\n\n<include file=\"a.xml\"/></mujoco>");
    MjcfException refusal = assertThrows(MjcfException.class, files::robot);
    assertEquals("b.xml", refusal.file());
    assertEquals(3, refusal.line());
  }

  @Test
  void anErrorInAnIncludedFileNamesIt() {
    Texts files =
        Texts.of("<mujoco><include file=\"./parts/a.xml\"/></mujoco>")
            .with("parts/a.xml", "<mujoco>\n<include file=\"b.xml\"/></mujoco>")
            .with("parts/b.xml", "<mujoco>\n<option\n gravity=\"1\"/></mujoco>");
    MjcfException refusal = assertThrows(MjcfException.class, files::robot);
    assertEquals("parts/b.xml:2: <option>: " + refusal.reason(), refusal.getMessage());
  }

  @Test
  void manyIncludesAreTooMany() {
    StringBuilder text = new StringBuilder("<mujoco>");
    Texts files = new Texts();
    for (int i = 0; i < 1000; i++) {
      text.append("<include file=\"" + i + ".xml\"/>");
      files.with(i + ".xml", "<mujoco><option/></mujoco>");
    }
    files.with("robot.xml", text + "</mujoco>");
    assertTrue(assertThrows(MjcfException.class, files::robot).reason().contains("too many files"));
  }

  @Test
  void aMissingFileIsNamed() {
    MjcfException refusal = assertThrows(MjcfException.class, () -> new Texts().robot());
    assertEquals("robot.xml: there is no such file", refusal.getMessage());
  }
}
