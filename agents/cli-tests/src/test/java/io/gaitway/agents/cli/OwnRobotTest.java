package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Robots of one's own, from files. */
class OwnRobotTest {
  private static final String ROBOT =
      """
      <mujoco>
        <include file="parts/pole.xml"/>
        <actuator><motor name="swing" joint="hinge" ctrlrange="-2 2"/></actuator>
      </mujoco>
      """;

  private static final String POLE =
      """
      <mujoco>
        <worldbody>
          <body name="pole">
            <joint name="hinge" axis="0 1 0" frictionloss="0.1"/>
            <geom type="capsule" fromto="0 0 0 0 0 -0.5" size="0.02"/>
          </body>
        </worldbody>
      </mujoco>
      """;

  private static final String TASK =
      """
      robot: pole.xml
      dt: 0.02
      horizon: 10
      cost:
        swing: {of: {state: hinge}, target: 1}
        effort: {of: actions, weight: 0.01}
      """;

  @TempDir private Path directory;
  private Path folder = Path.of("unset");

  @BeforeEach
  void files() throws IOException {
    folder = Files.createDirectories(directory.resolve("my röbots"));
    Files.createDirectories(folder.resolve("parts"));
    Files.writeString(folder.resolve("pole.xml"), ROBOT);
    Files.writeString(folder.resolve("parts/pole.xml"), POLE);
    Files.writeString(folder.resolve("swing.yaml"), TASK);
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private Outcome train(String... more) {
    String[] train = {"train", "wander", "--iterations=2", "--out=" + directory.resolve("run")};
    return run(with(train, more));
  }

  @Test
  void aRunOnItIsResumedWithoutItsFiles() throws IOException {
    Outcome begun = train("--task=" + file("swing.yaml"));
    assertEquals(0, begun.code(), begun.err());
    assertTrue(begun.err().contains("gaitway: parts/pole.xml:4: "), begun.err());
    RunConfig config = new RunDirectory(directory.resolve("run")).readConfig();
    assertTrue(config.environment().matches("swing@[0-9a-f]{16}"), config.environment());
    Files.delete(folder.resolve("pole.xml"));
    Outcome resumed = run("train", "--resume=" + directory.resolve("run"));
    assertEquals(0, resumed.code(), resumed.err());
    assertTrue(Files.exists(directory.resolve("run/report.html")));
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws IOException {
    train("--robot=" + file("pole.xml")).assertFault(2, "--robot needs a --task: .*");
    train("--task=" + file("hop.yaml")).assertFault(1, "there is no file .*hop\\.yaml");
    train("swimmer", "--task=" + file("swing.yaml"))
        .assertFault(2, "ENVIRONMENT is swimmer, but --task and --robot name files of another.*");
    Files.writeString(folder.resolve("swing.yaml"), TASK.replace("hinge", "hip"));
    train("--task=" + file("swing.yaml"))
        .assertFault(2, "swing\\.yaml, line 5: 'cost\\.swing\\.of\\.state' must be one of .*");
    Files.writeString(folder.resolve("swing.yaml"), TASK);
    Files.writeString(folder.resolve("parts/pole.xml"), POLE.replace("capsule", "mesh"));
    train("--task=" + file("swing.yaml")).assertFault(2, "parts/pole\\.xml:5: .*");
    assertTrue(Files.notExists(directory.resolve("run")), "nothing is left of what was refused");
  }

  @Test
  void aFolderOfRobotsIsThereForEveryCommand() throws Exception {
    Path errors = directory.resolve("errors.txt");
    Process list =
        Program.startWithRobots(folder, errors.toFile(), "environments", "swing", "--json");
    String printed = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, list.waitFor(), () -> Program.read(errors));
    assertTrue(printed.contains("\"swing\""), printed);
    Files.writeString(folder.resolve("swing.yaml"), TASK.replace("pole.xml", "bike.xml"));
    Process refused =
        Program.startWithRobots(folder, errors.toFile(), "environments", "swing", "--json");
    assertEquals(2, refused.waitFor());
    assertEquals(
        "gaitway: GAITWAY_ROBOTS: bike.xml: there is no such file", Program.read(errors).strip());
  }
}
