package io.gaitway.agents.program;

import io.gaitway.agents.api.SettingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program in a process of its own, started from a command line without a shell. Its standard
 * input is a pipe that stays open until {@link #close}, so that the program can end with the
 * process that started it, however that ends. What it prints goes to a log file. Closing ends it
 * together with everything that it started: by the end of its input, then by SIGTERM, then by
 * SIGKILL.
 *
 * <p>What a program that has ended left behind is found by a mark in its environment where the
 * system shows that (Linux); elsewhere only the processes below a running program are found.
 */
public final class ChildProcess implements AutoCloseable {
  /** Variable that marks the program and what it starts. */
  private static final String MARK = "GAITWAY_CHILD_PROCESS";

  private static final Path PROCESSES = Path.of("/proc");

  /** Time to end after the end of input, and again after SIGTERM. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** Longest wait for processes to be gone, or for output to end, when both are due at once. */
  private static final Duration AFTERMATH = Duration.ofSeconds(2);

  private static final Duration POLL = Duration.ofMillis(10);

  private static final Map<Integer, String> SIGNALS =
      Map.of(
          1, "SIGHUP", 2, "SIGINT", 3, "SIGQUIT", 4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 8,
          "SIGFPE", 9, "SIGKILL", 11, "SIGSEGV", 15, "SIGTERM");

  private static final int SIGNAL_BASE = 128;

  private final Process process;
  private final String mark;
  private final ProcessOutput output;
  private final Duration grace;

  private ChildProcess(Process process, String mark, ProcessOutput output, Duration grace) {
    this.process = process;
    this.mark = mark;
    this.output = output;
    this.grace = grace;
  }

  /**
   * Starts a program.
   *
   * @param option name of the option that has the command line, for messages
   * @param commandLine program and arguments, see {@link CommandWords}
   * @param environment variables besides those of this process
   * @param log file that standard output and standard error go to; what was in it is lost
   * @throws SettingException if the command line is empty or ends inside a quotation, or there is
   *     no such program
   * @throws IOException if the log cannot be written
   */
  public static ChildProcess start(
      String option, String commandLine, Map<String, String> environment, Path log)
      throws IOException {
    return start(option, commandLine, environment, log, GRACE);
  }

  /** The same with another time to end after the end of input, and again after SIGTERM. */
  public static ChildProcess start(
      String option, String commandLine, Map<String, String> environment, Path log, Duration grace)
      throws IOException {
    List<String> words = CommandWords.split(option, commandLine);
    ProcessBuilder builder = new ProcessBuilder(words);
    String mark = UUID.randomUUID().toString();
    builder.environment().putAll(environment);
    builder.environment().put(MARK, mark);
    ProcessOutput output = ProcessOutput.to(log);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      output.close();
      throw new SettingException(
          "%s: cannot start '%s': %s%s"
              .formatted(
                  option, words.get(0), cause(e), advice(option, commandLine, words.get(0))));
    }
    output.follow(process);
    return new ChildProcess(process, mark, output, grace);
  }

  /** Why a program does not start, without the number that Java gives before it, or around it. */
  private static String cause(IOException e) {
    @Nullable Throwable cause = e.getCause();
    return String.valueOf((cause == null ? e : cause).getMessage())
        .strip()
        .replaceFirst("^(?:Exec failed, )?error[=:] ?\\d+,? \\(?([^()]+)\\)?$", "$1");
  }

  /** What to do about a first word that is a file, but not a program; empty if there is none. */
  private static String advice(String option, String commandLine, String word) {
    if (word.endsWith(".py")) {
      return "; put python before it: "
          + option
          + " "
          + CommandWords.quote("python " + commandLine);
    }
    Path file = Path.of(word);
    if (!Files.isRegularFile(file)) {
      return "";
    }
    return Files.isExecutable(file) && file.getNameCount() == 1
        ? "; a program of this directory is called ./" + word
        : "; it is a file, but not a program: put before it what runs it";
  }

  /** Its process id. */
  long pid() {
    return process.pid();
  }

  /** Whether it is running. */
  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Completes when the program has ended, for whatever reason, with what {@link #ending} says;
   * never exceptionally. Cancelling it has no effect on the program.
   */
  CompletableFuture<String> onEnd() {
    return process.onExit().thenApplyAsync(ended -> ending());
  }

  /**
   * Waits for the end.
   *
   * @return whether it has ended in time
   */
  public boolean waitFor(Duration patience) throws InterruptedException {
    return process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Waits for a line of standard output; lines before it are passed over for good, however many.
   *
   * @return the first line that is wanted; empty if none came in time or before the output's end
   */
  Optional<String> awaitLine(Predicate<String> wanted, Duration patience)
      throws InterruptedException {
    return output.awaitLine(wanted, patience);
  }

  /** Last lines that it printed on standard error, at most ten; on standard output if none. */
  public List<String> lastLines() {
    return output.lastLines();
  }

  /** File that its output is in. */
  Path log() {
    return output.log();
  }

  /** Appends its output so far, and all that follows, to another file. */
  void moveLog(Path other) throws IOException {
    output.moveTo(other);
  }

  /**
   * How the program ended, in words that continue a sentence: {@code ended with exit code 3},
   * {@code was ended by signal 9 (SIGKILL)}; {@code is running} while it does. When it ended by
   * itself, all that it printed is in {@link #lastLines} by then.
   */
  public String ending() {
    if (process.isAlive()) {
      return "is running";
    }
    output.awaitEnd(AFTERMATH);
    int code = process.exitValue();
    if (code <= SIGNAL_BASE) {
      return "ended with exit code " + code;
    }
    int signal = code - SIGNAL_BASE;
    String name = SIGNALS.get(signal);
    return name == null
        ? "ended with exit code " + code
        : "was ended by signal %d (%s)".formatted(signal, name);
  }

  /** Whether it has ended by itself, and was content. */
  boolean isDone() {
    return !process.isAlive() && process.exitValue() == 0;
  }

  /** Ends the program and all that it started, if they are running, and closes the log. */
  @Override
  public void close() {
    end(grace);
  }

  /** As {@link #close}, with another time to end after the end of input, and after SIGTERM. */
  public void end(Duration patience) {
    Set<ProcessHandle> family = family();
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // The program closed the other end, or is gone: it has the end of input either way.
    }
    if (!awaitEnd(Set.of(process.toHandle()), patience)) {
      family.addAll(family());
      family.forEach(ProcessHandle::destroy);
      awaitEnd(family, patience);
    }
    // Until no new ones are found: a process may start another while it is being ended.
    for (int round = 0; round < 10; round++) {
      family.addAll(family());
      family.removeIf(member -> !member.isAlive());
      if (family.isEmpty()) {
        break;
      }
      family.forEach(ProcessHandle::destroyForcibly);
      awaitEnd(family, AFTERMATH);
    }
    output.awaitEnd(AFTERMATH);
    output.close();
  }

  /** The program, if it is running, and every running process that it started. */
  private Set<ProcessHandle> family() {
    Set<ProcessHandle> family = new LinkedHashSet<>();
    family.add(process.toHandle());
    process.descendants().forEach(family::add);
    if (Files.isDirectory(PROCESSES)) {
      ProcessHandle.allProcesses().filter(this::isMarked).forEach(family::add);
    }
    family.removeIf(member -> !member.isAlive());
    return family;
  }

  private boolean isMarked(ProcessHandle handle) {
    try (InputStream file =
        Files.newInputStream(PROCESSES.resolve(Long.toString(handle.pid())).resolve("environ"))) {
      String environment = new String(file.readAllBytes(), StandardCharsets.ISO_8859_1);
      return Stream.of(environment.split("\0", -1))
          .anyMatch(variable -> variable.equals(MARK + "=" + mark));
    } catch (IOException e) {
      // Another user's, or gone.
      return false;
    }
  }

  /** Waits until all have ended; an interruption ends the wait and stays pending. */
  private static boolean awaitEnd(Set<ProcessHandle> handles, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (handles.stream().anyMatch(ProcessHandle::isAlive)) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public String toString() {
    return Objects.toString(process.info().command().orElse(null)) + " " + ending();
  }
}
