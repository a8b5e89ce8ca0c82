package io.gaitway.server.catalog;

import io.gaitway.sim.mjcf.MjcfFiles;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.taskfile.FileEnvironment;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Environments whose files lie in a folder of the machine that serves them. */
public final class RobotFolder {
  private static final String SUFFIX = ".yaml";

  private RobotFolder() {}

  /**
   * Every task of a folder, each under its file's name without {@code .yaml}, sorted.
   *
   * @throws IOException if there is no such folder or no task in it, if a file cannot be read, or
   *     if its name is no name of an environment
   * @throws io.gaitway.sim.taskfile.TaskFileException if a file is no task
   * @throws io.gaitway.sim.mjcf.MjcfException if a robot's file cannot be read
   */
  public static List<EnvironmentProvider> environments(Path folder) throws IOException {
    List<Path> tasks;
    try (Stream<Path> files = Files.list(folder)) {
      tasks = files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new IOException("there is no folder " + folder, e);
    }
    if (tasks.isEmpty()) {
      throw new IOException("there is no file NAME" + SUFFIX + " in " + folder);
    }
    List<EnvironmentProvider> environments = new ArrayList<>();
    for (Path task : tasks) {
      environments.add(read(task));
    }
    return environments;
  }

  private static EnvironmentProvider read(Path task) throws IOException {
    String file = String.valueOf(task.getFileName());
    String id = file.substring(0, file.length() - SUFFIX.length());
    if (!BroughtFiles.NAME.matcher(id).matches()) {
      throw new IOException(
          "%s: the file's name is the environment's; it must have 1 to 40 characters of a-z, 0-9 and -, and %s"
              .formatted(task, SUFFIX));
    }
    try {
      String text = Files.readString(task);
      return FileEnvironment.read(id, file, text, null, files(task));
    } catch (CharacterCodingException e) {
      throw new IOException(task + " is not text in UTF-8", e);
    }
  }

  /** The files beside one and below, but for those to which links lead from elsewhere. */
  public static MjcfFiles files(Path beside) {
    return name -> {
      Path file = beside.resolveSibling(name);
      Path folder = beside.toRealPath().getParent();
      return Files.isRegularFile(file) && file.toRealPath().startsWith(folder)
          ? Files.newInputStream(file)
          : null;
    };
  }
}
