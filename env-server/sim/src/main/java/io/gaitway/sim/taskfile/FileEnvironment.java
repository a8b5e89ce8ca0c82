package io.gaitway.sim.taskfile;

import io.gaitway.sim.mjcf.MjcfFiles;
import io.gaitway.sim.mjcf.MjcfWarning;
import io.gaitway.sim.mjcf.RobotFile;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An environment made of a robot's file and a task's. */
public final class FileEnvironment implements EnvironmentProvider {
  private final String id;
  private final RobotFile robot;
  private final Entry task;
  private final String digest;

  private FileEnvironment(String id, RobotFile robot, Entry task, String digest) {
    this.id = id;
    this.robot = robot;
    this.task = task;
    this.digest = digest;
  }

  /**
   * Reads the files; whether they fit each other shows when the environment is {@linkplain #create
   * created}.
   *
   * @param id catalog name
   * @param file name of the task's file, for messages
   * @param text what is in it
   * @param robot name of the robot's file; null for the one that the task names
   * @param files where the robot's file comes from, and what it includes
   * @throws TaskFileException if the task's file is none
   * @throws io.gaitway.sim.mjcf.MjcfException if the robot's file cannot be read
   */
  public static FileEnvironment read(
      String id, String file, String text, @Nullable String robot, MjcfFiles files) {
    Entry task = Entry.read(file, text);
    String name = robot == null ? task.get("robot").text() : robot;
    MessageDigest digest = sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    RobotFile read = RobotFile.read(name, wanted -> digesting(files.open(wanted), digest));
    return new FileEnvironment(id, read, task, HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A file of which the digest learns what is read. */
  private static @Nullable InputStream digesting(@Nullable InputStream in, MessageDigest digest) {
    digest.update((byte) 0); // Between files: no file of text has it.
    return in == null ? null : new DigestInputStream(in, digest);
  }

  /** The same environment under another name. */
  public FileEnvironment named(String name) {
    return new FileEnvironment(name, robot, task, digest);
  }

  /** SHA-256 (hex) of all files; its beginning is part of the environment's version. */
  public String digest() {
    return digest;
  }

  /** What of the robot's file is left out, and what replaces it. */
  public List<MjcfWarning> warnings() {
    return robot.robot().warnings();
  }

  @Override
  public String id() {
    return id;
  }

  /**
   * {@inheritDoc}
   *
   * @throws TaskFileException if the task makes no sense for this robot
   * @throws io.gaitway.sim.mjcf.MjcfException if the robot makes no sense
   */
  @Override
  public Environment create(Map<String, Double> overrides) {
    return new TaskReader(id, task, digest, overrides).build(robot);
  }
}
