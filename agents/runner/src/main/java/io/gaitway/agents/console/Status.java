package io.gaitway.agents.console;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Lines that tell how work goes: updated in place on a terminal, else new lines each time. */
public final class Status {
  private final PrintWriter err;
  private final boolean inPlace;

  /** Lines that are shown, with the cursor at the end of the last one. */
  private int shown;

  /**
   * A status that is not yet shown.
   *
   * @param inPlace whether {@code err} is a terminal
   */
  public Status(PrintWriter err, boolean inPlace) {
    this.err = err;
    this.inPlace = inPlace;
  }

  /**
   * A status on standard error.
   *
   * @param err what prints there
   */
  public static Status onStandardError(PrintWriter err) {
    return new Status(err, standardErrorIsTerminal());
  }

  private static boolean standardErrorIsTerminal() {
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

  /** Shows a line, in place of what was shown before. */
  public void show(String line) {
    show(List.of(line));
  }

  /** Shows lines, in place of what was shown before. */
  public synchronized void show(List<String> lines) {
    clear();
    if (inPlace) {
      err.print(String.join(System.lineSeparator(), lines));
      shown = lines.size();
    } else {
      lines.forEach(err::println);
    }
    err.flush();
  }

  /** Takes away what is shown. */
  public synchronized void clear() {
    if (shown > 0) {
      err.print("\r" + (shown > 1 ? "\u001b[" + (shown - 1) + "A" : "") + "\u001b[J");
      err.flush();
      shown = 0;
    }
  }

  /** Says something on a line of its own, below what is shown, which stays. */
  public synchronized void say(String line) {
    end();
    err.println(line);
    err.flush();
  }

  /** Leaves what is shown as it is; what follows goes below. */
  public synchronized void end() {
    if (shown > 0) {
      err.println();
      shown = 0;
    }
    err.flush();
  }
}
