package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.table.Table;
import io.gaitway.client.DerivativeCheck;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code check-derivatives}. */
@Command(
    name = "check-derivatives",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description =
        "Compares an environment's derivatives with an independent high-order difference at random"
            + " states and actions, and prints the worst disagreement.")
final class CheckDerivativesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "ENVIRONMENT", description = "Environment to check.")
  private String environment = "";

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "200",
      description = "States and actions to compare at, 1 to 1000000; default ${DEFAULT-VALUE}.")
  private int samples;

  @Mixin private SeedChoice seed = new SeedChoice();

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private ServerChoice server = new ServerChoice();

  @Mixin private ResultFormat result = new ResultFormat();

  CheckDerivativesCommand() {}

  @Override
  public Integer call() {
    Gaitway.requireRange(spec, "--samples", samples, 1, 1_000_000);
    try (ServerChoice.Connection connection = server.connect()) {
      DerivativeCheck check =
          connection
              .client()
              .checkDerivatives(environment, parameters.values(), samples, seed.value());
      result.print(() -> line(check), output -> print(check, output));
    }
    return 0;
  }

  private ObjectNode line(DerivativeCheck check) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("environment", environment);
    line.put("samples", check.samples());
    line.put("worst_relative_error", check.worst().relativeError());
    line.put("entry", check.worst().entry());
    return line;
  }

  private void print(DerivativeCheck check, PrintWriter output) {
    output.printf(
        Locale.ROOT,
        "%s: worst relative error %.2e over %d samples, at %s%n",
        environment,
        check.worst().relativeError(),
        check.samples(),
        check.worst().entry());
    Table table = new Table("ARRAY", "ERROR", "ANALYTIC", "DIFFERENCE", "WORST ENTRY");
    for (DerivativeCheck.Entry entry : check.errors()) {
      table.row(
          entry.array(),
          String.format(Locale.ROOT, "%.2e", entry.relativeError()),
          String.format(Locale.ROOT, "%.10g", entry.analytic()),
          String.format(Locale.ROOT, "%.10g", entry.numeric()),
          entry.entry());
    }
    table.print(output, "  ");
  }
}
