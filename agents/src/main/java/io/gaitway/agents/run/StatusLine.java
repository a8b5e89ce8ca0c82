package io.gaitway.agents.run;

import java.io.PrintWriter;

/** A line that tells how work goes: updated in place on a terminal, else a new line each time. */
final class StatusLine {
  private final PrintWriter err;
  private final boolean inPlace;
  private boolean open;

  /**
   * A line that is not yet there.
   *
   * @param inPlace whether {@code err} is a terminal
   */
  StatusLine(PrintWriter err, boolean inPlace) {
    this.err = err;
    this.inPlace = inPlace;
  }

  /** Whether it is updated in place. */
  boolean isInPlace() {
    return inPlace;
  }

  /** Shows the line with new content. */
  synchronized void show(String line) {
    if (inPlace) {
      err.print("\r\u001b[K" + line);
      open = true;
    } else {
      err.println(line);
    }
    err.flush();
  }

  /** Says something on a line of its own, below. */
  synchronized void say(String line) {
    end();
    err.println(line);
    err.flush();
  }

  /** Leaves the line as it is; what follows goes below. */
  synchronized void end() {
    if (open) {
      err.println();
      open = false;
    }
    err.flush();
  }
}
