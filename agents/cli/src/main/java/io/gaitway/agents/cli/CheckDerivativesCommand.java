package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.table.Table;
import io.gaitway.client.DerivativeCheck;
import io.gaitway.client.simulation.RobotFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            + " states and actions, and prints the worst disagreement.",
    footer = {
      "",
      "With --corners, a derivative counts as right if it is the mean of the derivatives to either"
          + " side, or either of them: AGAINST names the nearest, and KINK is how far the two sides"
          + " are apart. Errors and kinks are relative to the array's largest entry."
    })
final class CheckDerivativesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "ENVIRONMENT", description = "Environment to check.")
  private @Nullable String environment;

  @Mixin private RobotChoice robot = new RobotChoice();

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "200",
      description = "States and actions to compare at, 1 to 1000000; default ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--corners",
      description =
          "Compare where formulas change: at rest, with all links in line, with angles at their"
              + " limits and where these fade in and out, with actions at their bounds, at the"
              + " height where the ground begins to be felt, and at combinations of them.")
  private boolean corners;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "Time for the check on a server named by --server, besides 0.1 s per state; inf for no"
              + " limit, default 30.")
  private @Nullable String timeout;

  @Mixin private SeedChoice seed = new SeedChoice();

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private ServerChoice server = new ServerChoice();

  @Mixin private ResultFormat result = new ResultFormat();

  CheckDerivativesCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireRange(spec, "--samples", samples, 1, 1_000_000);
    Duration limit = timeout == null ? null : Seconds.limit(spec, "--timeout", timeout);
    robot.check(spec, environment);
    @Nullable RobotFiles files = robot.files(spec);
    String name = name(files);
    DerivativeCheck check;
    try (ServerChoice.Connection connection = server.connect(limit)) {
      PrintWriter messages = spec.commandLine().getErr();
      String id = RobotChoice.id(connection.client(), name, files, messages);
      check =
          connection
              .client()
              .checkDerivatives(id, parameters.values(), samples, seed.value(), corners);
    }
    result.print(() -> line(name, check), output -> print(name, check, output));
    return exitCode(check);
  }

  /** ENVIRONMENT, or the name of the files in its place. */
  private String name(@Nullable RobotFiles files) {
    if (files != null) {
      return files.name();
    }
    if (environment == null) {
      throw Gaitway.usage(spec, "ENVIRONMENT is missing; name one, or files with --task");
    }
    return environment;
  }

  /** A derivative that is not finite was not compared: that is a failure too. */
  private int exitCode(DerivativeCheck check) {
    long unusable =
        check.errors().stream().filter(error -> !Double.isFinite(error.relativeError())).count();
    if (unusable == 0) {
      return 0;
    }
    spec.commandLine()
        .getErr()
        .printf(
            Locale.ROOT,
            "gaitway: %d of %d derivatives or their differences are no finite numbers at some state; the"
                + " check has failed. Try other parameters, or shorter time steps.%n",
            unusable,
            check.errors().size());
    return 1;
  }

  private ObjectNode line(String environment, DerivativeCheck check) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("environment", environment);
    line.put("samples", check.samples());
    line.put("worst_relative_error", check.worst().relativeError());
    line.put("entry", check.worst().entry());
    if (corners) {
      line.put("against", name(check.worst().side()));
      line.put("kink", check.worst().kink());
    }
    return line;
  }

  private void print(String environment, DerivativeCheck check, PrintWriter output) {
    output.printf(
        Locale.ROOT,
        "%s: worst relative error %.2e over %d %s, at %s%n",
        environment,
        check.worst().relativeError(),
        check.samples(),
        corners ? "corners" : "samples",
        check.worst().entry());
    List<String> header = new ArrayList<>(List.of("ARRAY", "ERROR", "ANALYTIC", "DIFFERENCE"));
    if (corners) {
      header.addAll(List.of("AGAINST", "KINK"));
    }
    header.add("WORST ENTRY");
    Table table = new Table(header);
    for (DerivativeCheck.Entry entry : check.errors()) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  entry.array(),
                  number("%.2e", entry.relativeError()),
                  number("%.10g", entry.analytic()),
                  number("%.10g", entry.numeric())));
      if (corners) {
        row.addAll(List.of(name(entry.side()), number("%.2e", entry.kink())));
      }
      row.add(entry.entry());
      table.row(row);
    }
    table.print(output, "  ");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String name(DerivativeCheck.Side side) {
    return side.name().toLowerCase(Locale.ROOT);
  }
}
