package io.gaitway.agents.run;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.client.simulation.RobotFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a run. It holds {@code config.json} ({@link RunConfig}), {@code metrics.jsonl}
 * ({@link IterationMetrics}), {@code checkpoints/}, {@code robot.json} for a robot of one's own,
 * and, when the run has ended, {@code policy.json}, {@code trajectories.json} ({@link
 * RunTrajectories}) and {@code report.html}.
 *
 * @param path where it is
 */
public record RunDirectory(Path path) {

  /** Where directories of runs, searches and experiments are unless their command names another. */
  public static final Path RUNS = Path.of("runs");

  /** The configuration. */
  public Path config() {
    return path.resolve("config.json");
  }

  /** The files of a robot of one's own; see {@link #readRobot}. */
  private Path robot() {
    return path.resolve("robot.json");
  }

  /** The metrics. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** The policy. */
  public Path policy() {
    return path.resolve("policy.json");
  }

  /** The reference's and the policy's motion. */
  public Path trajectories() {
    return path.resolve("trajectories.json");
  }

  /** The report. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** How the run ended, where it is part of an experiment. */
  public Path result() {
    return path.resolve("result.json");
  }

  /** What an agent in a process of its own printed. */
  public Path agentLog() {
    return path.resolve("agent.log");
  }

  Checkpoints checkpoints() {
    return new Checkpoints(path.resolve("checkpoints"));
  }

  /**
   * Makes a directory where a command is to write, with those above it, unless it is there.
   *
   * @throws IOException if it cannot be made, such as where there is a file
   */
  public static void make(Path path) throws IOException {
    try {
      Files.createDirectories(path);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(path + " is a file; name another directory with --out", e);
    }
  }

  /**
   * Makes the directory of a new run.
   *
   * @throws IOException if there is something in it already, beside what a crash left
   */
  public static RunDirectory create(Path path) throws IOException {
    make(path);
    try (Stream<Path> content = Files.list(path)) {
      if (content.anyMatch(file -> !file.toString().endsWith(DurableFiles.TEMPORARY))) {
        throw new IOException(
            Files.exists(new RunDirectory(path).config())
                ? path + " holds a run; continue it with --resume, or name another --out"
                : path + " is not empty; name another directory with --out");
      }
    }
    return new RunDirectory(path);
  }

  /** The name of a file or directory about an environment, in whose name / separates words. */
  public static String named(String words) {
    return words.replace('/', '-');
  }

  /**
   * Makes the directory of a new run under a name that is not yet taken.
   *
   * @param parent where runs are
   * @param name name to use, with {@code -2}, {@code -3}, … appended if it is taken
   */
  public static RunDirectory createUnder(Path parent, String name) throws IOException {
    Files.createDirectories(parent);
    for (int n = 1; ; n++) {
      Path path = parent.resolve(numbered(name, n));
      try {
        Files.createDirectory(path);
        return new RunDirectory(path);
      } catch (FileAlreadyExistsException e) {
        continue;
      }
    }
  }

  /**
   * The latest of the directories that {@link #createUnder} made.
   *
   * @throws IOException if there is none
   */
  public static RunDirectory latestUnder(Path parent, String name) throws IOException {
    @Nullable RunDirectory latest = null;
    for (int n = 1; Files.exists(parent.resolve(numbered(name, n))); n++) {
      latest = new RunDirectory(parent.resolve(numbered(name, n)));
    }
    if (latest == null) {
      throw new IOException("there is nothing to resume: no directory " + parent.resolve(name));
    }
    return latest;
  }

  private static String numbered(String name, int n) {
    return n == 1 ? name : name + "-" + n;
  }

  /**
   * Reads the configuration.
   *
   * @throws IOException if there is no run here, or one of another layout
   */
  public RunConfig readConfig() throws IOException {
    try {
      return RunConfig.read(config());
    } catch (NoSuchFileException e) {
      throw new IOException("there is no run in " + path + ": config.json is missing", e);
    }
  }

  /**
   * Writes {@code robot.json}: the files that the environment is made of, so that it can be again.
   */
  public void writeRobot(RobotFiles files) throws IOException {
    DurableFiles.write(robot(), Json.pretty(files));
  }

  /** The files that the environment is made of; null if it is one of the server's own. */
  public @Nullable RobotFiles readRobot() throws IOException {
    return Files.exists(robot()) ? JsonFiles.read(robot(), RobotFiles.class) : null;
  }

  /** Writes {@code config.json}; a reader sees the old file or the whole new one. */
  public void writeConfig(RunConfig config) throws IOException {
    DurableFiles.write(config(), Json.pretty(config));
  }

  /**
   * Keeps other processes from training in this directory until the lock is closed or the process
   * ends, in whatever way. The lock file says who holds it.
   *
   * @throws BusyException if another process is training here
   */
  public FileChannel lock() throws IOException {
    Path file = path.resolve("lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new BusyException(path, owner(file));
    }
    channel.truncate(0);
    DurableFiles.writeFully(channel, self().getBytes(StandardCharsets.UTF_8));
    return channel;
  }

  /** This process, for people. */
  private static String self() {
    @Nullable String host = System.getenv("HOSTNAME");
    return "process " + ProcessHandle.current().pid() + (host == null ? "" : " on " + host);
  }

  private static String owner(Path file) {
    try {
      String owner = Files.readString(file).strip();
      return owner.isEmpty() ? "another process" : owner;
    } catch (IOException e) {
      return "another process"; // Where locks bar readers as well.
    }
  }
}
