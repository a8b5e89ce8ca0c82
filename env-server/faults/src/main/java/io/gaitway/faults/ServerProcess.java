package io.gaitway.faults;

import io.gaitway.address.Handshake;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server in a process of its own, whose resources can be looked at; needs Linux and a JDK. */
final class ServerProcess implements AutoCloseable {
  private final Process process;
  private final String address;

  /**
   * What a process holds.
   *
   * @param heap bytes of reachable objects
   * @param sessions sessions in memory
   */
  record Resources(long heap, long sessions, long threads, long files) {}

  /** Starts one with these options of {@code serve}, and waits until it is ready. */
  ServerProcess(String... options) throws IOException {
    List<String> command =
        java("io.gaitway.agents.cli.Gaitway", "serve", "--port=0", "--until-eof");
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String found = null;
    for (String line = out.readLine(); line != null && found == null; line = out.readLine()) {
      if (line.startsWith("gaitway-server|")) {
        found = Handshake.SERVER.read(line).toString();
        break;
      }
    }
    if (found == null) {
      throw new IOException("the server ended before it was ready");
    }
    address = found;
  }

  /** A command that runs a class of this program's class path. */
  static List<String> java(String... words) {
    List<String> command =
        new ArrayList<>(List.of(tool("java"), "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(words));
    return command;
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  String address() {
    return address;
  }

  /** Processor time so far. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** What it holds after a garbage collection. */
  Resources resources() throws IOException {
    String pid = Long.toString(process.pid());
    Process jcmd =
        new ProcessBuilder(tool("jcmd"), pid, "GC.class_histogram")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String histogram = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String status = Files.readString(Path.of("/proc", pid, "status"));
    try (Stream<Path> files = Files.list(Path.of("/proc", pid, "fd"))) {
      return new Resources(
          find(histogram, "(?m)^Total +\\d+ +(\\d+)"),
          find(
              histogram,
              "(?m)^ *\\d+: +(\\d+) +\\d+ +io\\.gaitway\\.server\\.session\\.LiveSession\\b"),
          find(status, "(?m)^Threads:\\s+(\\d+)"),
          files.count());
    }
  }

  private static long find(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
