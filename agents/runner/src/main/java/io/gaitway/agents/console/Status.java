package io.gaitway.agents.console;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** A line that tells how work goes: updated in place on a terminal, else a new line each time. */
public final class StatusLine {
  private final PrintWriter err;
  private final boolean inPlace;
  private boolean open;

  /**
   * A line that is not yet there.
   *
   * @param inPlace whether {@code err} is a terminal
   */
  public StatusLine(PrintWriter err, boolean inPlace) {
    this.err = err;
    this.inPlace = inPlace;
  }

  /** Whether standard error is shown on a terminal. */
  public static boolean standardErrorIsTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null;
    }
  }

  /** Whether it is updated in place. */
  public boolean isInPlace() {
    return inPlace;
  }

  /** Shows the line with new content. */
  public synchronized void show(String line) {
    if (inPlace) {
      err.print("\r\u001b[K" + line);
      open = true;
    } else {
      err.println(line);
    }
    err.flush();
  }

  /** Says something on a line of its own, below. */
  public synchronized void say(String line) {
    end();
    err.println(line);
    err.flush();
  }

  /** Leaves the line as it is; what follows goes below. */
  public synchronized void end() {
    if (open) {
      err.println();
      open = false;
    }
    err.flush();
  }
}
