package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command {@code robot} prints and writes. */
class RobotCommandTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void anEnvironmentsRobotIsWrittenAndReadBack() throws IOException {
    Path file = directory.resolve("new/hopper.xml");
    JsonNode written =
        run("robot", "gymnasium/hopper", "--json", "--write", file.toString()).json();
    JsonNode read = run("robot", file.toString(), "--json").json();
    for (String part : List.of("name", "timestep", "gravity", "coordinates", "motors")) {
      assertEquals(written.path(part), read.path(part), part);
    }
    assertEquals(
        written.path("bodies").findValuesAsText("mass"),
        read.path("bodies").findValuesAsText("mass"));
    assertEquals(12, read.path("keyframes").path(0).path("q").size() * 2);
  }

  @Test
  void parametersChangeTheRobot() throws IOException {
    JsonNode heavy = run("robot", "walker", "--json").json().path("bodies").path(0);
    JsonNode light =
        run("robot", "walker", "--param", "mass_scale=1", "--json").json().path("bodies").path(0);
    assertEquals(heavy.path("mass").asDouble(), 3 * light.path("mass").asDouble(), 1e-12);
  }

  @Test
  void peopleSeeBodiesMotorsAndWhatIsLeftOut() throws IOException {
    Path file = directory.resolve("pole.xml");
    Files.writeString(
        file,
        """
        <mujoco model="pole">
          <worldbody>
            <body name="rod">
              <joint name="pivot" axis="0 1 0" frictionloss="0.1"/>
              <geom type="capsule" size=".05 .2"/>
            </body>
          </worldbody>
          <actuator><motor name="push" joint="pivot" gear="3" ctrlrange="-1 2"/></actuator>
        </mujoco>
        """);
    Outcome outcome = run("robot", file.toString());
    assertEquals(0, outcome.code(), outcome.err());
    String words = outcome.out().replaceAll(" +", " ");
    assertTrue(words.contains("rod rod 3.66519"), words);
    assertTrue(words.contains("push pivot 3 -1 to 2"), words);
    assertTrue(words.contains("warning: pole.xml:4: "), words);
  }

  @Test
  void motionIsPrintedForEachState() throws IOException {
    Path states = Files.writeString(directory.resolve("states.txt"), "0 0 0\n1 0 0.5\n");
    Outcome outcome = run("robot", "pendulum", "--json", "--states", states.toString());
    assertEquals(0, outcome.code(), outcome.err());
    assertEquals(3, outcome.out().lines().count());
    JsonNode motion = Json.MAPPER.readTree(outcome.out().lines().toList().get(2));
    assertEquals(1, motion.path("acceleration").size());
    assertEquals(0, motion.path("kinetic").asDouble());
  }

  @Test
  void whatIsWrongIsSaidWithFileAndLine() throws IOException {
    Path file = directory.resolve("wrong.xml");
    Files.writeString(file, "<mujoco>\n<worldbody>\n<wheel/>\n</worldbody>\n</mujoco>\n");
    run("robot", file.toString()).assertFault(1, "wrong\\.xml:3: <wheel>: .*");
    run("robot", file.toString(), "--param", "a=1").assertFault(2, "--param is for an .*");
    Path states = Files.writeString(directory.resolve("states.txt"), "0 0 0\n0 x 0\n");
    run("robot", "pendulum", "--json", "--states", states.toString())
        .assertFault(1, ".*states\\.txt:2: 'x' is not a number");
    run("robot", "nosuch").assertFault(2, "there is no file and no environment 'nosuch'; .*");
  }
}
