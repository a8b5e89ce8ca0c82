package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingDescription;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.table.Table;
import java.io.IOException;
import java.io.PrintWriter;
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

/** The command {@code agents}. */
@Command(
    name = "agents",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description = "Lists the agents, or one agent's settings and their presets.")
final class AgentsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Agent whose settings to list.")
  private @Nullable String name;

  @Mixin private AgentChoice choice = new AgentChoice();

  @Option(
      names = "--environment",
      paramLabel = "NAME",
      description = "Environment whose presets to show; default swimmer.")
  private @Nullable String environment;

  AgentsCommand() {}

  @Override
  public Integer call() throws IOException {
    choice.processes().check(spec);
    PrintWriter out = spec.commandLine().getOut();
    if (environment != null) {
      if (name == null && choice.command() == null) {
        throw Gaitway.usage(spec, "--environment needs the NAME of an agent, or --agent");
      }
      Gaitway.requireOneOf(spec, "--environment", environment, EmbeddedServer.environments());
    }
    if (choice.command() != null) {
      if (name != null) {
        throw Gaitway.usage(spec, "NAME is " + name + ", but --agent names another agent");
      }
      try (ChosenAgent chosen = choice.processes().open("", choice.command())) {
        describe(chosen.agent(), out);
      }
    } else if (name == null) {
      Table table = Table.headless(2);
      Agents.load().all().forEach(agent -> table.row(agent.name(), agent.summary()));
      table.print(out, "");
    } else {
      describe(Agents.load().get(name), out);
    }
    out.flush();
    return 0;
  }

  private void describe(AnyAgent agent, PrintWriter out) {
    String environment = this.environment == null ? "swimmer" : this.environment;
    out.println(agent.name() + ": " + agent.summary());
    out.println("Settings, with their presets for " + environment + ":");
    List<ObjectNode> presets = new ArrayList<>();
    List<String> heading = new ArrayList<>(List.of("NAME"));
    for (String preset : agent.presets()) {
      presets.add(agent.presetSettings(preset, environment));
      heading.add(preset.toUpperCase(Locale.ROOT));
    }
    heading.addAll(List.of("ALLOWED", "MEANING"));
    Table table = new Table(heading);
    for (SettingDescription setting : agent.schema().settings()) {
      List<String> row = new ArrayList<>(List.of(setting.name()));
      presets.forEach(preset -> row.add(preset.get(setting.name()).asText()));
      row.add(allowed(setting));
      row.add(setting.description());
      table.row(row);
    }
    table.print(out, "  ");
  }

  private static String allowed(SettingDescription setting) {
    String range = setting.range().isEmpty() ? setting.type() : setting.range();
    return setting.unit().isEmpty() ? range : range + " " + setting.unit();
  }
}
