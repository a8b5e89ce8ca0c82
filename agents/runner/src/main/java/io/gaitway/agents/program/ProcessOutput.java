package io.gaitway.agents.program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a process prints: kept in a file up to a limit, with the last lines of both streams at hand,
 * and any line of its standard output to be waited for. Memory is bounded, whatever is printed.
 */
final class ProcessOutput implements AutoCloseable {
  /** Most characters, ends of lines included, that are kept until somebody waits for a line. */
  private static final int MAX_UNREAD = 1 << 20;

  private static final int LAST_LINES = 10;

  /** Longer lines are cut into several. */
  private static final int MAX_LINE_BYTES = 8192;

  private static final long MAX_LOG_BYTES = 64L << 20;

  private final CountDownLatch open = new CountDownLatch(2);

  // Guarded by this.
  private Path log;
  private OutputStream file;
  private final Deque<String> unread = new ArrayDeque<>();
  private int unreadLength;
  private @Nullable Predicate<String> wanted;
  private @Nullable String found;
  private final Deque<String> lastOutput = new ArrayDeque<>();
  private final Deque<String> lastErrors = new ArrayDeque<>();
  private boolean outputEnded;
  private long written;
  private boolean closed;

  private ProcessOutput(Path log, OutputStream file) {
    this.log = log;
    this.file = file;
  }

  /**
   * Keeps nothing yet.
   *
   * @param log file to write, with the folders above it; only its owner may read what a program
   *     prints, which may be keys
   */
  static ProcessOutput to(Path log) throws IOException {
    Path folder = log.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    return new ProcessOutput(log, OwnerFiles.write(log));
  }

  /** Keeps what the process prints from now on. */
  void follow(Process process) {
    read("output", process.getInputStream(), this::keepOutput, this::endOutput);
    read("errors", process.getErrorStream(), this::keepError, () -> {});
  }

  synchronized Path log() {
    return log;
  }

  /**
   * Appends what was kept so far, and what will be, to another file; behind a symbolic link, and to
   * a FIFO or a device, as to any other.
   *
   * @throws IOException if it cannot be opened, or what was kept cannot be read
   */
  synchronized void moveTo(Path other) throws IOException {
    OutputStream next = OwnerFiles.append(other);
    file.close();
    file = next;
    byte[] kept = Files.readAllBytes(log);
    Files.delete(log);
    log = other;
    append(kept);
  }

  /** Takes a line that was read. */
  private interface Sink {
    void accept(byte[] line);
  }

  private void read(String name, InputStream stream, Sink sink, Runnable end) {
    Thread reader =
        new Thread(
            () -> {
              try (stream) {
                readLines(stream, sink);
              } catch (IOException e) {
                // The process is gone and its pipe was closed while being read: that is its end.
              } finally {
                end.run();
                open.countDown();
              }
            },
            "child-process-" + name);
    reader.setDaemon(true);
    reader.start();
  }

  private static void readLines(InputStream stream, Sink sink) throws IOException {
    byte[] buffer = new byte[MAX_LINE_BYTES];
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
      for (int i = 0; i < n; i++) {
        if (buffer[i] != '\n') {
          line.write(buffer[i]);
        }
        if (buffer[i] == '\n' || line.size() == MAX_LINE_BYTES) {
          sink.accept(line.toByteArray());
          line.reset();
        }
      }
    }
    if (line.size() > 0) {
      sink.accept(line.toByteArray());
    }
  }

  private synchronized void keepOutput(byte[] line) {
    String text = text(line);
    Predicate<String> awaited = wanted;
    if (awaited != null) {
      // Told apart here, however many lines come before it and however fast.
      if (awaited.test(text)) {
        found = text;
        wanted = null;
        notifyAll();
      }
    } else if (unreadLength + text.length() < MAX_UNREAD) {
      unread.add(text);
      unreadLength += text.length() + 1;
    }
    keepLast(lastOutput, text);
    write(line);
  }

  private synchronized void endOutput() {
    outputEnded = true;
    notifyAll();
  }

  private synchronized void keepError(byte[] line) {
    keepLast(lastErrors, text(line));
    write(line);
  }

  private static String text(byte[] line) {
    return new String(line, StandardCharsets.UTF_8).stripTrailing();
  }

  private static void keepLast(Deque<String> lines, String line) {
    if (line.isBlank()) {
      return;
    }
    if (lines.size() == LAST_LINES) {
      lines.removeFirst();
    }
    lines.addLast(line);
  }

  /** Appends to the file; a full disk, like a full log, costs the log and nothing else. */
  private void write(byte[] line) {
    if (closed || written > MAX_LOG_BYTES) {
      return;
    }
    written += line.length + 1;
    byte[] text =
        written > MAX_LOG_BYTES
            ? "... and more, which is not kept".getBytes(StandardCharsets.UTF_8)
            : line;
    byte[] whole = Arrays.copyOf(text, text.length + 1);
    whole[text.length] = '\n';
    append(whole);
  }

  private void append(byte[] text) {
    try {
      file.write(text);
    } catch (IOException e) {
      System.getLogger(ProcessOutput.class.getName())
          .log(System.Logger.Level.WARNING, "{0} cannot be written: {1}", log, e.getMessage());
      written = Long.MAX_VALUE;
    }
  }

  synchronized Optional<String> awaitLine(Predicate<String> line, Duration patience)
      throws InterruptedException {
    while (!unread.isEmpty()) {
      String next = unread.removeFirst();
      unreadLength -= next.length() + 1;
      if (line.test(next)) {
        return Optional.of(next);
      }
    }
    long deadline = System.nanoTime() + patience.toNanos();
    wanted = line;
    found = null;
    try {
      while (found == null && !outputEnded) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
      }
      return Optional.ofNullable(found);
    } finally {
      wanted = null;
    }
  }

  synchronized List<String> lastLines() {
    return new ArrayList<>(lastErrors.isEmpty() ? lastOutput : lastErrors);
  }

  /** Waits until both streams have ended; an interruption ends the wait and stays pending. */
  void awaitEnd(Duration patience) {
    try {
      open.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    try {
      file.close();
    } catch (IOException e) {
      System.getLogger(ProcessOutput.class.getName())
          .log(System.Logger.Level.WARNING, "{0} cannot be closed: {1}", log, e.getMessage());
    }
  }
}
