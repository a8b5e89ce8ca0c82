package io.gaitway.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The program {@code peers}, which runs MuJoCo and Pinocchio on request. It is idle between
 * requests, so that its samples and ours can share one core in turns. Not for use by several
 * threads.
 */
final class PeerProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  /** Starts the program. */
  PeerProcess(Path program) throws IOException {
    process =
        new ProcessBuilder(program.toAbsolutePath().toString())
            .directory(program.resolveSibling("").toFile()) // MuJoCo logs there.
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
    answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** Versions of the engines and the flags they were compiled with. */
  String versions() {
    return ask("versions");
  }

  /** Adds a state of a robot; {@code tau} holds the torques of the hinges after the root. */
  void addState(String robot, double[] q, double[] v, double[] tau) {
    StringBuilder line = new StringBuilder("state ").append(robot);
    for (double[] part : new double[][] {q, v, tau}) {
      for (double value : part) {
        line.append(' ').append(value);
      }
    }
    ask(line.toString());
  }

  /** Has MuJoCo read a robot from a file, to be known by a name; its torques are its controls. */
  void load(String robot, Path file) {
    ask("load " + robot + " " + file);
  }

  /**
   * Has a robot of a file fall from its pose, and takes up to 64 states with a contact for those of
   * another robot like it.
   */
  void settle(String robot, String other, double seconds) {
    ask("settle " + robot + " " + other + " " + seconds);
  }

  /** Mean number of MuJoCo's contacts at a robot's states, and on the runs of steps from them. */
  double[] contacts(String robot) {
    return numbers(ask("contacts " + robot));
  }

  /** A kernel's results at state {@code index}. */
  double[] evaluate(String kernel, String robot, int index) {
    return numbers(ask("eval " + kernel + " " + robot + " " + index));
  }

  private static double[] numbers(String answer) {
    return Arrays.stream(answer.trim().split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  /** One sample: the peer's nanoseconds per call over {@code calls} calls. */
  double nanosecondsPerCall(String kernel, String robot, int calls) {
    return Double.parseDouble(ask("time " + kernel + " " + robot + " " + calls));
  }

  private String ask(String request) {
    try {
      requests.write(request);
      requests.newLine();
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IllegalStateException("the peers' program ended at the request: " + request);
      }
      if (answer.startsWith("error")) {
        throw new IllegalStateException(answer + " (request: " + request + ")");
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot talk to the peers' program", e);
    }
  }

  /** Ends the program. */
  @Override
  public void close() throws IOException {
    requests.close();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
