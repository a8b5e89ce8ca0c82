package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.program.CommandWords;
import io.gaitway.agents.run.WanderAgent;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;

/** The program under test: in this process against the embedded server, or in one of its own. */
public final class Program {
  /** Exit code of a process that SIGKILL ended. */
  public static final int SIGKILL = 128 + 9;

  /** Exit code of a process that SIGTERM ended. */
  public static final int SIGTERM = 128 + 15;

  private static final Pattern PROGRAM = Pattern.compile("gaitway-cli-[0-9][^/\\\\]*\\.jar");
  private static final String[] COMMAND = command();

  private Program() {}

  /** What a call left behind. */
  public record Outcome(int code, String out, String err) {

    /** The one line of JSON that a successful call printed. */
    public JsonNode json() throws IOException {
      assertEquals(0, code, err);
      assertEquals(1, out.lines().count(), out);
      return Json.MAPPER.readTree(out);
    }

    /** Requires that the call failed with one sentence, which the regular expression matches. */
    public void assertFault(int expectedCode, String message) {
      assertEquals(expectedCode, code, err);
      assertEquals("", out);
      assertTrue(Pattern.matches("gaitway: " + message + "\\R", err), "stderr: " + err);
    }
  }

  public static Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Gaitway.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = line.execute(args);
    return new Outcome(code, out.toString(), err.toString());
  }

  public static Process start(File stderr, String... args) throws IOException {
    return start(Map.of(), stderr, args);
  }

  /** Starts a process in which {@link WanderAgent} stays in an iteration until it is ended. */
  public static Process startHeld(long seed, int iteration, File stderr, String... args)
      throws IOException {
    return start(Map.of(WanderAgent.HOLD, seed + ":" + iteration), stderr, args);
  }

  /** Starts a process that knows the robots of a folder. */
  static Process startWithRobots(Path folder, File stderr, String... args) throws IOException {
    return start(Map.of("GAITWAY_ROBOTS", folder.toString()), stderr, args);
  }

  /** What a process has written to a file. */
  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Process start(Map<String, String> environment, File stderr, String... args)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(with(COMMAND, args)).redirectError(stderr);
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** The class path of the program's processes, without what is missing. */
  static String classPath() {
    String whole = COMMAND[List.of(COMMAND).indexOf("-cp") + 1];
    return Stream.of(whole.split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith("*") || Files.exists(Path.of(entry)) && !entry.isEmpty())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Puts a link to the archive of the program's classes there; false if there is none. */
  static boolean linkArchive(Path link) throws IOException {
    String option = "-XX:SharedArchiveFile=";
    for (String word : COMMAND) {
      if (word.startsWith(option)) {
        Files.createSymbolicLink(link, Path.of(word.substring(option.length())));
        return true;
      }
    }
    return false;
  }

  /** The part of a class path that the packaged program does not have. */
  private static String beside(String classPath) {
    Path libraries = Path.of("../cli/target/lib");
    return Stream.of(classPath.split(File.pathSeparator, -1))
        .filter(
            entry -> {
              String name = Path.of(entry).getFileName().toString();
              return !PROGRAM.matcher(name).matches() && !Files.exists(libraries.resolve(name));
            })
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** The command line that serves an agent of the program in a process of its own. */
  public static String served(String agent) {
    return Stream.of(with(COMMAND, "serve-agent", agent))
        .map(CommandWords::quote)
        .collect(Collectors.joining(" "));
  }

  /**
   * What starts the program in a process of its own. Once it is packaged, as the clients' tests
   * start it, with an archive of classes: a process is over before an optimising compiler pays, and
   * takes most of its time to load them. The archive allows more classes behind the program's.
   */
  private static String[] command() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");
    if (!PROGRAM.matcher(classPath).find()) {
      return new String[] {
        java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", classPath, Gaitway.class.getName()
      };
    }
    ProcessBuilder tool = new ProcessBuilder("sh", "../cli/test-command");
    tool.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      Process process = tool.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String line = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<String> words = new ArrayList<>(CommandWords.split("test-command", line.strip()));
      int at = words.indexOf("-cp") + 1;
      words.set(at, words.get(at) + File.pathSeparator + beside(classPath));
      // Without it, newer JDKs warn where tests read what the process says last.
      words.add(at - 1, "--enable-native-access=ALL-UNNAMED");
      return words.toArray(String[]::new);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String[] with(String[] args, String... more) {
    return Stream.concat(Stream.of(args), Stream.of(more)).toArray(String[]::new);
  }

  public static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
