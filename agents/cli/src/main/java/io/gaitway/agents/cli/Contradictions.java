package io.gaitway.agents.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Refuses a command line that contradicts the work it is to continue.
 *
 * @param spec the command
 * @param work what it continues and where, for people
 */
record Contradictions(CommandSpec spec, String work) {

  /**
   * Compares one option, or positional parameter, with what the work was begun with.
   *
   * @param wanted null if it was not given
   * @throws picocli.CommandLine.ParameterException if it was given and differs
   */
  void refuse(String name, @Nullable Object wanted, @Nullable Object actual) {
    if (wanted != null && !wanted.equals(actual)) {
      throw Gaitway.usage(spec, name + " contradicts " + work + ", where it is " + actual);
    }
  }
}
