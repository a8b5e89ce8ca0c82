package io.gaitway.agents.cli;

import io.gaitway.agents.program.CommandWords;
import java.nio.file.Path;

/** How this program was started, for the command lines that it recommends. */
final class ThisProgram {
  /** Set by the starters: its name if a shell finds it by that, or else its path. */
  private static final String STARTED_AS = "gaitway.program";

  private ThisProgram() {}

  /** The word or path that starts the program again, from any directory, as a shell reads it. */
  static String command() {
    return CommandWords.quote(System.getProperty(STARTED_AS, "gaitway"));
  }

  /** A path for a command line that is to be right in any directory, as a shell reads it. */
  static String path(Path path) {
    return CommandWords.quote(path.toAbsolutePath().normalize().toString());
  }
}
