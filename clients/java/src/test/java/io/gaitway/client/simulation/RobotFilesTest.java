package io.gaitway.client.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RobotFilesTest {
  @TempDir private Path folder;

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void theTaskNamesTheRobotAndTheRobotWhatItIncludes() throws IOException {
    write("Two Legs.yaml", "dt: 0.01\nrobot: robot.xml # beside it\n");
    write("robot.xml", "<mujoco><include file='./parts//legs.xml'/></mujoco>");
    write(
        "parts/legs.xml", "<mujoco><include file=\"feet.xml\"/><include file='no.xml'/></mujoco>");
    write("parts/feet.xml", "<mujoco/>");
    RobotFiles files = RobotFiles.read(folder.resolve("Two Legs.yaml"));
    assertEquals("two-legs", files.name());
    assertEquals("robot.xml", files.robot());
    assertEquals(Set.of("robot.xml", "parts/legs.xml", "parts/feet.xml"), files.files().keySet());
  }

  /** What a server is sent is never more than what lies in the robot's folder. */
  @Test
  void noFileOutsideOfTheFolderIsRead() throws IOException {
    write("secret.xml", "<mujoco/>");
    Path secret = folder.resolve("secret.xml").toAbsolutePath();
    write("robots/task.yaml", "robot: robot.xml\n");
    write(
        "robots/robot.xml",
        "<include file='link.xml'/><include file='../secret.xml'/><include file='parts/../../secret.xml'/><include file='"
            + secret
            + "'/>");
    write("robots/parts/x.xml", "<mujoco/>");
    Files.createSymbolicLink(folder.resolve("robots/link.xml"), secret);
    RobotFiles files = RobotFiles.read(folder.resolve("robots/task.yaml"));
    assertEquals(Set.of("robot.xml"), files.files().keySet());
  }

  @Test
  void whatIsMissingIsSaid() throws IOException {
    write("task.yaml", "dt: 0.01\n");
    IOException nameless =
        assertThrows(IOException.class, () -> RobotFiles.read(folder.resolve("task.yaml")));
    assertTrue(
        String.valueOf(nameless.getMessage()).contains("names no robot"), nameless::toString);
    write("task.yaml", "robot: none.xml\n");
    IOException absent =
        assertThrows(IOException.class, () -> RobotFiles.read(folder.resolve("task.yaml")));
    assertTrue(String.valueOf(absent.getMessage()).contains("there is no file "), absent::toString);
  }
}
