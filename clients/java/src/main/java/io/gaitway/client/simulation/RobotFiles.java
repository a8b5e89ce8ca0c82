package io.gaitway.client.simulation;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A robot and what it is asked to do, as files: the robot in MuJoCo's XML with what it includes,
 * the task in YAML. {@code docs/robots.md} says what may stand in them.
 *
 * @param name what the environment is called: 1 to 40 characters of a-z, 0-9 and "-"
 * @param robot name of the robot's file, which is in {@code files}
 * @param files texts of the robot's files, by the names that they include each other by
 * @param task name of the task's file, for messages
 * @param taskText what is in it
 */
public record RobotFiles(
    String name, String robot, Map<String, String> files, String task, String taskText) {
  private static final Pattern INCLUDE =
      Pattern.compile("<include\\s[^>]*\\bfile\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");
  private static final Pattern ROBOT =
      Pattern.compile("(?m)^robot:\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s#]+))");
  private static final Pattern OUTSIDE = Pattern.compile("^/|[\\\\:]");

  /** More files than any server takes. */
  private static final int MOST_FILES = 100;

  /** Copies the map. */
  public RobotFiles {
    files = Map.copyOf(files);
  }

  /**
   * Reads a task and the robot that it names, which lies in the same folder. The environment is
   * called like the task's file.
   *
   * @throws IOException if a file cannot be read, or the task names no robot
   */
  public static RobotFiles read(Path task) throws IOException {
    String text = text(task);
    Matcher robot = ROBOT.matcher(text);
    if (!robot.find()) {
      throw new IOException(
          task
              + " names no robot; add a line such as 'robot: hopper.xml', or name the file beside it");
    }
    return read(task.resolveSibling(group(robot)), task);
  }

  /**
   * Reads a robot, what it includes, and a task. The environment is called like the task's file.
   *
   * @throws IOException if a file cannot be read
   */
  public static RobotFiles read(Path robot, Path task) throws IOException {
    Path folder = robot.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw new IOException(robot + " is a folder; name a robot's file");
    }
    SortedMap<String, String> files = new TreeMap<>();
    String name = robot.toAbsolutePath().normalize().getFileName().toString();
    include(folder, name, files);
    return new RobotFiles(nameOf(task), name, files, file(task), text(task));
  }

  /**
   * Adds a file and all that it includes in its folder or below. Nothing else is read: what a
   * server must not see stays here, and the server says what is missing, or too much.
   */
  private static void include(Path folder, String name, SortedMap<String, String> files)
      throws IOException {
    if (files.containsKey(name) || files.size() > MOST_FILES) {
      return;
    }
    Path file = folder.resolve(name);
    if (!files.isEmpty()
        && !(Files.isRegularFile(file) && file.toRealPath().startsWith(folder.toRealPath()))) {
      return;
    }
    String text = text(file);
    files.put(name, text);
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String included = group(include);
      List<String> parts =
          Arrays.stream(included.split("/", -1))
              .filter(part -> !part.isEmpty() && !part.equals("."))
              .toList();
      if (!OUTSIDE.matcher(included).find() && !parts.contains("..")) {
        String inner = String.join("/", parts);
        include(folder, inner, files);
        if (name.contains("/")) {
          include(folder, name.substring(0, name.lastIndexOf('/') + 1) + inner, files);
        }
      }
    }
  }

  private static String group(Matcher found) {
    for (int i = 1; i <= found.groupCount(); i++) {
      if (found.group(i) != null) {
        return found.group(i);
      }
    }
    return "";
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (MalformedInputException e) {
      throw new IOException(file + " is not text in UTF-8", e);
    }
  }

  private static String file(Path task) {
    return String.valueOf(task.getFileName());
  }

  /** A name that an environment may have, made of a file's. */
  private static String nameOf(Path task) {
    String plain =
        file(task)
            .toLowerCase(Locale.ROOT)
            .replaceFirst("\\.ya?ml$", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-+|-+$", "");
    String name = plain.substring(0, Math.min(plain.length(), 40));
    return name.isEmpty() ? "robot" : name;
  }
}
