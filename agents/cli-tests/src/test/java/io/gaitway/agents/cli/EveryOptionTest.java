package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Every option and argument of every command, mistyped and with values that it cannot have: at most
 * two lines, which name the mistake and the way out.
 */
@Timeout(60)
class EveryOptionTest {
  private static final String POLICY = "../../clients/conformance/policies/good/affine.json";
  private static final String TABLE = "../../docs/results/figure-catalog/seed-0.csv.gz";

  /** What a command needs besides what is mistaken, so that nothing else is wrong. */
  private static final Map<String, List<String>> OTHERWISE_RIGHT =
      Map.ofEntries(
          Map.entry("train", List.of("wander", "swimmer")),
          Map.entry("experiment", List.of("wander", "swimmer")),
          Map.entry("reproduce", List.of("figure-1", TABLE)),
          Map.entry("evaluate", List.of("swimmer-still", "--listen")),
          Map.entry("leaderboard", List.of("swimmer-still")),
          Map.entry("report", List.of("absent")),
          Map.entry("export", List.of(POLICY, "--onnx=absent.onnx")),
          Map.entry("serve-agent", List.of("wander")),
          Map.entry("agents", List.of("wander")),
          Map.entry("environments", List.of("swimmer")),
          Map.entry("robot", List.of("walker", "--json")),
          Map.entry("check-derivatives", List.of("swimmer")),
          Map.entry("tune-gait", List.of("walker")),
          Map.entry("record", List.of("walker")),
          Map.entry("create", List.of("ada", "--scopes", "watch")),
          Map.entry("revoke", List.of("absent")),
          Map.entry("certificate", List.of("absent")));

  /** Options that take any text. */
  private static final Set<String> ANY_TEXT =
      Set.of(
          "evaluate --controller",
          "evaluate --description",
          "certificate --client",
          "certificate --server");

  @TempDir private static Path directory = Path.of("");

  /** A file where a directory is needed, and of a kind that nothing reads. */
  private static Path file = Path.of("");

  @BeforeAll
  static void makeFile() throws IOException {
    file = Files.writeString(directory.resolve("words.txt"), "neither JSON nor YAML: [\n");
  }

  private static Stream<CommandLine> commands(CommandLine line) {
    return Stream.concat(
        Stream.of(line),
        line.getSubcommands().values().stream().flatMap(EveryOptionTest::commands));
  }

  private static Stream<CommandLine> commands() {
    return commands(Gaitway.commandLine())
        .filter(line -> !line.getCommandSpec().usageMessage().hidden());
  }

  static Stream<Arguments> options() {
    return commands()
        .flatMap(
            line ->
                line.getCommandSpec().options().stream()
                    .map(
                        option ->
                            Arguments.of(
                                Named.of(
                                    line.getCommandSpec().qualifiedName()
                                        + " "
                                        + option.longestName(),
                                    line.getCommandSpec()),
                                option)));
  }

  static Stream<Arguments> optionsWithValues() {
    return options()
        .filter(
            arguments ->
                arguments.get()[1] instanceof OptionSpec option
                    && option.arity().max() > 0
                    && option.command().subcommands().isEmpty()
                    && !ANY_TEXT.contains(name(option.command(), option)));
  }

  private static String name(CommandSpec command, OptionSpec option) {
    return command.name() + " " + option.longestName();
  }

  /** The words of a command line after the program's name. */
  private static List<String> words(CommandSpec command) {
    List<String> names = new ArrayList<>(List.of(command.qualifiedName(" ").split(" ")));
    names.remove(0);
    names.addAll(OTHERWISE_RIGHT.getOrDefault(command.name(), List.of()));
    return names;
  }

  private static Outcome run(List<String> words, String... more) {
    return Program.run(Program.with(words.toArray(String[]::new), more));
  }

  private static void assertPlain(Outcome outcome) {
    String err = outcome.err();
    assertNotEquals(0, outcome.code(), outcome.out());
    assertTrue(err.lines().count() <= 2, "more than two lines: " + err);
    assertFalse(err.contains("Exception") || err.contains("unexpected failure"), err);
  }

  private static void assertHint(Outcome outcome, String wrong, String right) {
    assertPlain(outcome);
    String err = outcome.err();
    assertTrue(err.contains("'" + wrong + "' (did you mean '" + right + "'?)"), err);
  }

  @ParameterizedTest
  @MethodSource("options")
  void aMistypedNameIsSaidWithTheRightOne(CommandSpec command, OptionSpec option) {
    String right = option.longestName();
    // Two letters change places, or one is missing: what fingers do.
    int middle = right.length() / 2;
    String swapped =
        right.substring(0, middle)
            + right.charAt(middle + 1)
            + right.charAt(middle)
            + right.substring(middle + 2);
    String shorter = right.substring(0, right.length() - 2) + right.substring(right.length() - 1);
    for (String wrong : List.of(swapped, shorter)) {
      boolean exists = command.optionsMap().containsKey(wrong);
      if (!wrong.equals(right) && !exists) {
        assertHint(run(words(command), wrong), wrong, right);
      }
    }
  }

  /** Values that an option cannot have, by what it is given as. */
  private static List<String> badValues(OptionSpec option) {
    String label = option.paramLabel();
    Class<?> type = option.typeInfo().getType();
    if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
      return List.of("many", "1e999", "99999999999999999999");
    }
    if (type == Path.class) {
      return List.of(file.resolve("below").toString());
    }
    return switch (label) {
      case "SECONDS" -> List.of("soon", "-1", "NaN");
      case "NAME=VALUE", "NAME=VALUES" -> List.of("nosuch", "nosuch=1");
      case "ADDRESS" -> List.of("nonsense", "127.0.0.1:99999");
      case "COMMAND" -> List.of("no-such-program", "'left open");
      default -> List.of("no-such-thing");
    };
  }

  @ParameterizedTest
  @MethodSource("optionsWithValues")
  void aBadValueIsSaidWithWhatIsAllowed(CommandSpec command, OptionSpec option) {
    assertAll(
        badValues(option).stream()
            .map(
                value ->
                    () -> {
                      String name = option.longestName();
                      List<String> words = words(command);
                      words.removeIf(word -> word.startsWith(name + "="));
                      Outcome outcome = run(words, name + "=" + value);
                      assertPlain(outcome);
                      boolean named =
                          Stream.of(name, value, "no-such-", "nosuch", file.toString())
                              .anyMatch(outcome.err()::contains);
                      assertTrue(named, name + "=" + value + ": " + outcome.err());
                    }));
  }

  static Stream<Arguments> parameters() {
    return commands()
        .map(CommandLine::getCommandSpec)
        .flatMap(
            command ->
                command.positionalParameters().stream()
                    .map(
                        parameter ->
                            Arguments.of(
                                Named.of(
                                    command.qualifiedName() + " " + parameter.paramLabel(),
                                    command),
                                parameter)));
  }

  /** What may stand in the place of an argument, and the way out that is to be named. */
  private static Map<String, String> badArguments(PositionalParamSpec parameter, String right) {
    if (parameter.auxiliaryTypes()[0] == Path.class) {
      return Map.of("", "is empty", file.toString(), "", file + "/below", "");
    }
    if (Set.of("OWNER", "ID").contains(parameter.paramLabel())) {
      return Map.of("", "is empty", "two words", "must be");
    }
    String shorter = right.substring(0, right.length() - 2) + right.substring(right.length() - 1);
    return Map.of("", "is empty", shorter, right, "nosuch", right);
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void aBadArgumentIsSaidWithWhatIsAllowed(CommandSpec command, PositionalParamSpec parameter) {
    List<String> right = words(command);
    int index =
        right.size()
            - OTHERWISE_RIGHT.getOrDefault(command.name(), List.of()).size()
            + parameter.index().min();
    assertAll(
        badArguments(parameter, right.get(index)).entrySet().stream()
            .map(
                bad ->
                    () -> {
                      List<String> words = new ArrayList<>(right);
                      words.set(index, bad.getKey());
                      if (command.name().equals("evaluate")) {
                        words.add("--database=" + directory.resolve("evaluations.db"));
                      }
                      Outcome outcome = run(words);
                      assertPlain(outcome);
                      assertTrue(outcome.err().contains(bad.getKey()), outcome.err());
                      assertTrue(outcome.err().contains(bad.getValue()), outcome.err());
                    }));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aMistypedCommandIsSaidWithTheRightOne(CommandLine line) {
    CommandSpec command = line.getCommandSpec();
    if (command.parent() != null) {
      String wrong = command.name().substring(0, command.name().length() - 1) + "q";
      List<String> words = words(command.parent());
      words.removeAll(OTHERWISE_RIGHT.getOrDefault(command.parent().name(), List.of()));
      assertHint(run(words, wrong), wrong, command.name());
    }
  }
}
