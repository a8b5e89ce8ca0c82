package io.gaitway.server.log;

import java.io.PrintStream;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes what this program and its libraries log, one line each, on a thread of its own: a log that
 * nobody reads holds up no call. Lines that the queue has no room for are counted and lost.
 */
public final class LogOutput extends Handler {
  private static final int QUEUE = 4096;
  private static final Logger ROOT = Logger.getLogger("");

  /** Warns of connections that break and of peers that break rules, which is no news. */
  private static final Logger CONNECTIONS = Logger.getLogger("io.grpc.netty");

  private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Kinds kinds = new Kinds();
  private final AtomicLong lost = new AtomicLong();
  private final LogFormat format;
  private final PrintStream out;

  /** What each thread published last: the handler and its spare are given the same. */
  private final ThreadLocal<LogRecord> last = new ThreadLocal<>();

  /** Lines in the queue, and the one that is being written. */
  private final AtomicLong unwritten = new AtomicLong();

  private LogOutput(LogFormat format, LogLevel level, PrintStream out) {
    this.format = format;
    this.out = out;
    setLevel(level.level);
  }

  /** Writes everything that is logged in this JVM from now on, and nobody else does. */
  public static LogOutput install(LogFormat format, LogLevel level, PrintStream out) {
    LogOutput output = new LogOutput(format, level, out);
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    ROOT.addHandler(output);
    ROOT.addHandler(output.new Spare());
    ROOT.setLevel(level.level);
    CONNECTIONS.setLevel(level == LogLevel.DEBUG ? level.level : Level.SEVERE);
    Thread writer = new Thread(output::write, "gaitway-log");
    writer.setDaemon(true);
    writer.start();
    return output;
  }

  @Override
  public void publish(LogRecord record) {
    if (!isLoggable(record) || last.get() == record) {
      return;
    }
    last.set(record);
    String kind =
        record instanceof Event event
            ? event.kind()
            : record.getLoggerName() + " " + record.getLevel();
    boolean passes = kind == null || kinds.pass(kind, second());
    if (!passes) {
      return;
    }
    unwritten.incrementAndGet();
    if (!queue.offer(format.line(record))) {
      unwritten.decrementAndGet();
      lost.incrementAndGet();
    }
  }

  private void write() {
    try {
      while (true) {
        @Nullable String line = queue.poll(1, TimeUnit.SECONDS);
        if (line != null) {
          out.println(line);
          unwritten.decrementAndGet();
        }
        kinds.omitted(second(), this::omit);
        long count = lost.getAndSet(0);
        if (count > 0) {
          omit("lines that came too fast", count);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void omit(String kind, long count) {
    out.println(format.omitted(Instant.now(), kind, count));
  }

  private static long second() {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
  }

  /** Waits until what was logged has been written, for a second at most. */
  @Override
  public void flush() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    try {
      while (unwritten.get() > 0 && System.nanoTime() < deadline) {
        Thread.sleep(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    out.flush();
  }

  /**
   * Goes on: the JVM takes every handler off its logger and closes it as soon as it is told to
   * stop, and a server that drains has something to say after that.
   */
  @Override
  public void close() {
    ROOT.addHandler(this);
  }

  /** Publishes what is logged while the handler itself is off: the JVM takes one at a time. */
  private final class Spare extends Handler {
    @Override
    public void publish(LogRecord record) {
      LogOutput.this.publish(record);
    }

    @Override
    public void flush() {
      LogOutput.this.flush();
    }

    @Override
    public void close() {
      ROOT.addHandler(this);
    }
  }
}
