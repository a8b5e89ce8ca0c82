package io.gaitway.agents.cli;

import io.gaitway.agents.api.Json;
import java.io.PrintWriter;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option that says how a command prints its result. */
final class ResultFormat {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  /**
   * Prints a result to standard output.
   *
   * @param line makes what becomes the line of JSON
   * @param text prints the result for people
   */
  void print(Supplier<?> line, Consumer<PrintWriter> text) {
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(Json.line(line.get()));
    } else {
      text.accept(out);
    }
    out.flush();
  }
}
