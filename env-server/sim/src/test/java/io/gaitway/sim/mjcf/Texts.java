package io.gaitway.sim.mjcf;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Files that are texts in memory; the robot's is called robot.xml. */
final class Texts implements MjcfFiles {
  private final Map<String, String> texts = new HashMap<>();

  /** A robot's file, and nothing to include. */
  static Texts of(String robot) {
    return new Texts().with("robot.xml", robot);
  }

  /** One more file. */
  Texts with(String name, String text) {
    texts.put(name, text);
    return this;
  }

  /** The robot. */
  Robot robot() {
    return RobotFile.read("robot.xml", this).robot();
  }

  /** The robot's bodies in space. */
  Scene scene() {
    Warnings warnings = new Warnings();
    Budget budget = new Budget();
    Element root = new Includes(this, budget, warnings).load("robot.xml");
    return SceneReader.read(root, budget, warnings);
  }

  @Override
  public @Nullable InputStream open(String name) {
    String text = texts.get(name);
    return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }
}
