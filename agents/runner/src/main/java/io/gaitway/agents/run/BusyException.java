package io.gaitway.agents.run;

import java.io.IOException;
import java.nio.file.Path;

/** Another process is training in a run's directory. */
public final class BusyException extends IOException {
  private static final long serialVersionUID = 1;

  BusyException(Path directory, String owner) {
    super(owner + " is training in " + directory);
  }
}
