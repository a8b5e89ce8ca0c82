import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingDescription;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * What the manual has to know of the program: its commands as picocli has them, its agents'
 * settings, and whether a command line is one that it would take. Run from its source, with the
 * program's jars on the class path; says what it has found as JSON on standard output.
 *
 * <pre>
 *   java -cp JARS Program.java describe           all commands and agents
 *   java -cp JARS Program.java check <LINES       for each line null, or what is wrong with it
 * </pre>
 */
public final class Program {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Settings are shown for the environment whose presets most agents have. */
  private static final List<String> ENVIRONMENTS = List.of("swimmer", "walker");

  private Program() {}

  public static void main(String[] args) throws Exception {
    CommandLine program = program();
    JsonNode answer =
        switch (args[0]) {
          case "describe" -> {
            ObjectNode all = JSON.createObjectNode();
            ArrayNode commands = all.putArray("commands");
            commands(program, commands);
            all.set("agents", agents());
            yield all;
          }
          case "check" -> check();
          default -> throw new IllegalArgumentException(args[0]);
        };
    JSON.writeValue(System.out, answer);
  }

  /** The program's own command line. The method belongs to its package, where its tests are. */
  private static CommandLine program() throws ReflectiveOperationException {
    var method = Class.forName("io.gaitway.agents.cli.Gaitway").getDeclaredMethod("commandLine");
    method.setAccessible(true);
    return (CommandLine) method.invoke(null);
  }

  private static ArrayNode check() throws IOException, ReflectiveOperationException {
    ArrayNode answer = JSON.createArrayNode();
    for (JsonNode line : JSON.readTree(System.in)) {
      List<String> words = new ArrayList<>();
      line.get("words").forEach(word -> words.add(word.asText()));
      answer.add(fault(words, line.get("whole").asBoolean()));
    }
    return answer;
  }

  /** What the parser says to a line, or null; one that is not whole may lack what is required. */
  private static String fault(List<String> words, boolean whole)
      throws ReflectiveOperationException {
    CommandLine program = program();
    try {
      var parsed = program.parseArgs(words.toArray(String[]::new));
      while (parsed.hasSubcommand()) {
        parsed = parsed.subcommand();
      }
      UsageMessageSpec usage = parsed.commandSpec().usageMessage();
      // Text may speak of a former command; nobody is to be told to use it.
      String former = "'" + parsed.commandSpec().name() + "' is a former command";
      return usage.hidden() && whole ? former : null;
    } catch (CommandLine.MissingParameterException e) {
      return whole ? e.getMessage() : null;
    } catch (CommandLine.ParameterException e) {
      // A placeholder, such as --seeds N or --jobs=N, stands for a value that would be taken.
      String value = String.valueOf(e.getValue());
      boolean placeholder =
          e.getArgSpec() != null && value.matches("(.*=)?[A-Z][A-Z_-]*|…|\\.\\.\\.");
      return placeholder ? null : e.getMessage();
    }
  }

  /** A command, and then those under it that are no secret. */
  private static void commands(CommandLine line, ArrayNode all) {
    if (!line.getCommandSpec().usageMessage().hidden()) {
      all.add(command(line));
      line.getSubcommands().values().stream().distinct().forEach(below -> commands(below, all));
    }
  }

  private static ObjectNode command(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    UsageMessageSpec usage = spec.usageMessage();
    usage.autoWidth(false).width(92); // As much as a block of the manual shows.
    ObjectNode node = JSON.createObjectNode();
    node.put("name", spec.qualifiedName());
    node.put("description", text(usage.description()));
    node.put("synopsis", line.getHelp().synopsis(0).strip());
    node.put("footer", text(usage.footer()));
    node.put("exit_codes", String.join("\n", usage.exitCodeList().keySet()));
    ArrayNode parameters = node.putArray("parameters");
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!parameter.hidden()) {
        parameters.add(argument(parameter, List.of(parameter.paramLabel())));
      }
    }
    ArrayNode options = node.putArray("options");
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        options.add(argument(option, List.of(option.names())));
      }
    }
    return node;
  }

  private static ObjectNode argument(ArgSpec spec, List<String> names) {
    ObjectNode node = JSON.createObjectNode();
    names.forEach(node.putArray("names")::add);
    boolean valued = spec.isPositional() || spec.arity().max() > 0;
    node.put("value", valued ? spec.paramLabel() : "");
    node.put("optional_value", valued && spec.arity().min() == 0);
    node.put("required", spec.required());
    String fallback = String.valueOf(spec.defaultValueString(true));
    List<String> candidates = new ArrayList<>();
    if (spec.completionCandidates() != null) {
      spec.completionCandidates().forEach(candidates::add);
    }
    node.put(
        "description",
        text(spec.description())
            .replace("${DEFAULT-VALUE}", fallback)
            .replace("${COMPLETION-CANDIDATES}", String.join(", ", candidates)));
    return node;
  }

  /** Lines of a help text: picocli writes a line's end as %n and a percent sign as %%. */
  private static String text(String[] lines) {
    return String.join("\n", lines).replace("%n", "\n").replace("%%", "%").strip();
  }

  private static ArrayNode agents() {
    ArrayNode all = JSON.createArrayNode();
    for (AnyAgent agent : Agents.load().all()) {
      ObjectNode node = all.addObject();
      node.put("name", agent.name());
      node.put("summary", agent.summary());
      ArrayNode settings = node.putArray("settings");
      for (SettingDescription setting : agent.schema().settings()) {
        ObjectNode described = settings.addObject();
        described.put("name", setting.name());
        described.put("description", setting.description());
        described.put("range", setting.range().isEmpty() ? setting.type() : setting.range());
        described.put("unit", setting.unit());
      }
      ObjectNode presets = node.putObject("presets");
      for (String environment : ENVIRONMENTS) {
        ObjectNode ofEnvironment = presets.putObject(environment);
        for (String preset : agent.presets()) {
          ofEnvironment.set(preset, agent.presetSettings(preset, environment));
        }
      }
    }
    return all;
  }
}
