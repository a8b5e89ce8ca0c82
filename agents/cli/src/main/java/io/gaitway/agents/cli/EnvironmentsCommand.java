package io.gaitway.agents.cli;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.table.Table;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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

/** The command {@code environments}. */
@Command(
    name = "environments",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description = "Lists the environments, or describes one in full.")
final class EnvironmentsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Environment to describe.")
  private @Nullable String name;

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private ServerChoice server = new ServerChoice();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  EnvironmentsCommand() {}

  @Override
  public Integer call() {
    if (name == null && !parameters.values().isEmpty()) {
      throw Gaitway.usage(spec, "--param needs the NAME of an environment");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (ServerChoice.Connection connection = server.connect()) {
      if (name == null) {
        list(connection, out);
      } else {
        EnvironmentInfo info = connection.client().environment(name, parameters.values());
        if (json) {
          out.print(new String(Json.pretty(info), StandardCharsets.UTF_8));
        } else {
          describe(info, out);
        }
      }
    }
    out.flush();
    return 0;
  }

  private void list(ServerChoice.Connection connection, PrintWriter out) {
    if (json) {
      out.print(
          new String(Json.pretty(connection.client().environments()), StandardCharsets.UTF_8));
      return;
    }
    Table table = new Table("NAME", "VERSION", "STATE", "ACTIONS", "STEP", "STEPS", "");
    for (EnvironmentInfo info : connection.client().environments()) {
      table.row(
          info.id(),
          info.version(),
          info.nx(),
          info.nu(),
          number(info.dt()) + " s",
          info.horizon(),
          info.description());
    }
    table.print(out, "");
  }

  private static void describe(EnvironmentInfo info, PrintWriter out) {
    Table head = Table.headless(2);
    head.row(info.id(), info.description());
    head.row("version", info.version());
    head.row("model digest", info.modelDigest());
    head.row(
        "time",
        String.format(
            Locale.ROOT,
            "%d steps of %s s, each of %d substeps (%s)",
            info.horizon(),
            number(info.dt()),
            info.substeps(),
            info.integrator()));
    head.row("ends early", info.termination().isEmpty() ? "never" : info.termination());
    head.print(out, "");

    out.println("\nState");
    Table state = new Table("", "NAME", "UNIT", "RANGE", "START", "POLICY SEES IT");
    for (int i = 0; i < info.nx(); i++) {
      EnvironmentInfo.StateEntry entry = info.state().get(i);
      state.row(
          i,
          entry.name(),
          entry.unit(),
          range(entry.lower(), entry.upper()),
          number(info.initialState().mean().get(i))
              + " ± "
              + number(info.initialState().std().get(i)),
          info.observation().contains(i) ? "yes" : "no");
    }
    state.print(out, "  ");

    out.println("\nAction");
    Table action = new Table("", "NAME", "UNIT", "RANGE");
    for (int i = 0; i < info.nu(); i++) {
      EnvironmentInfo.ActionEntry entry = info.action().get(i);
      action.row(i, entry.name(), entry.unit(), range(entry.lower(), entry.upper()));
    }
    action.print(out, "  ");

    costs("Cost of a step", info.costTerms(), out);
    if (!info.terminalCostTerms().isEmpty()) {
      costs("Cost of the last state", info.terminalCostTerms(), out);
    }

    out.println("\nParameters, to be overridden with --param NAME=VALUE");
    Table parameters = new Table("NAME", "VALUE", "DEFAULT", "ALLOWED", "UNIT", "MEANING");
    for (EnvironmentInfo.Parameter parameter : info.parameters()) {
      parameters.row(
          parameter.name(),
          number(parameter.value()),
          number(parameter.defaultValue()),
          number(parameter.lower())
              + " to "
              + number(parameter.upper())
              + (parameter.integer() ? ", whole" : ""),
          parameter.unit(),
          parameter.description());
    }
    parameters.print(out, "  ");
  }

  private static void costs(String title, List<EnvironmentInfo.CostTerm> terms, PrintWriter out) {
    boolean squares =
        terms.stream().allMatch(term -> term.penalty() == EnvironmentInfo.Penalty.QUADRATIC);
    out.println(
        "\n"
            + title
            + ", the sum of weight × "
            + (squares ? "(quantity − target)²" : "penalty(quantity − target)"));
    List<String> head = new ArrayList<>(List.of("NAME", "WEIGHT", "TARGET", "QUANTITY"));
    if (!squares) {
      head.add("PENALTY");
    }
    Table table = new Table(head);
    for (EnvironmentInfo.CostTerm term : terms) {
      List<String> row =
          new ArrayList<>(
              List.of(term.name(), number(term.weight()), number(term.target()), term.quantity()));
      if (!squares) {
        row.add(penalty(term));
      }
      table.row(row);
    }
    table.print(out, "  ");
  }

  private static String penalty(EnvironmentInfo.CostTerm term) {
    return switch (term.penalty()) {
      case QUADRATIC -> "r²";
      case LINEAR -> "r";
      case SMOOTH_ABSOLUTE -> "√(r² + w²) − w, w = " + number(term.width());
    };
  }

  /** A range for people. */
  static String range(double lower, double upper) {
    return Double.isInfinite(lower) && Double.isInfinite(upper)
        ? "any"
        : number(lower) + " to " + number(upper);
  }

  /** A number for people. */
  static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.6g", value).replaceFirst("\\.?0+(e|$)", "$1");
  }
}
