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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

  @Mixin private ResultFormat result = new ResultFormat();

  /** An agent among others, as JSON has it. */
  private record Line(String name, String summary) {}

  /**
   * An agent, as JSON has it.
   *
   * @param environment whose presets these are
   * @param presets all settings of each preset, by its name
   * @param settings by name, in the words of JSON Schema
   */
  private record Description(
      String name,
      String summary,
      String environment,
      Map<String, ObjectNode> presets,
      Map<String, ObjectNode> settings) {}

  AgentsCommand() {}

  @Override
  public Integer call() throws IOException {
    choice.processes().check(spec);
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
        describe(chosen.agent());
      }
    } else if (name == null) {
      list(Agents.load().all());
    } else {
      describe(Agents.load().get(name));
    }
    return 0;
  }

  private void list(List<? extends AnyAgent> agents) {
    result.print(
        () -> agents.stream().map(agent -> new Line(agent.name(), agent.summary())).toList(),
        out -> {
          Table table = Table.headless(2);
          agents.forEach(agent -> table.row(agent.name(), agent.summary()));
          table.print(out, "");
        });
  }

  private void describe(AnyAgent agent) {
    String of = environment == null ? "swimmer" : environment;
    Map<String, ObjectNode> presets = new LinkedHashMap<>();
    agent.presets().forEach(preset -> presets.put(preset, agent.presetSettings(preset, of)));
    List<SettingDescription> settings = agent.schema().settings();
    result.print(
        () -> {
          Map<String, ObjectNode> schema = new LinkedHashMap<>();
          settings.forEach(setting -> schema.put(setting.name(), setting.jsonSchema()));
          return new Description(agent.name(), agent.summary(), of, presets, schema);
        },
        out -> {
          out.println(agent.name() + ": " + agent.summary());
          out.println("Settings, with their presets for " + of + ":");
          print(settings, presets, out);
        });
  }

  private static void print(
      List<SettingDescription> settings, Map<String, ObjectNode> presets, PrintWriter out) {
    List<String> heading = new ArrayList<>(List.of("NAME"));
    presets.keySet().forEach(preset -> heading.add(preset.toUpperCase(Locale.ROOT)));
    heading.addAll(List.of("ALLOWED", "MEANING"));
    Table table = new Table(heading);
    for (SettingDescription setting : settings) {
      List<String> row = new ArrayList<>(List.of(setting.name()));
      presets.values().forEach(preset -> row.add(preset.get(setting.name()).asText()));
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
