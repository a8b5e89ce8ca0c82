package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.names;
import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.GaitSearch;
import io.gaitway.agents.gait.Gaits;
import io.gaitway.client.GaitwayClient;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands {@code tune-gait} and {@code record} against the embedded server. */
@Timeout(180)
class GaitCommandsTest {
  @TempDir Path folder = Path.of("unset");

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("Missing required parameter: 'ENVIRONMENT'; see .*", "record"),
        fault("Missing required parameter: 'ENVIRONMENT'; see .*", "tune-gait"),
        fault("there is no environment 'nowhere'; there are: .*walker", "record nowhere"),
        fault("there is no environment 'nowhere'; there are: .*walker", "tune-gait nowhere"),
        fault("ENVIRONMENT: 'swimmer' is not a biped whose two legs .*; see .*", "record swimmer"),
        fault(
            "ENVIRONMENT: 'swimmer' is not a biped whose two legs .*; see .*", "tune-gait swimmer"),
        fault(
            "--from is standing, but swimmer has no parameter start; see .*",
            "record swimmer --from standing"),
        fault(
            "--from is standing, but --param start is 1.0; see .*",
            "record walker --from standing --param start=1"),
        fault(
            "--from must be mean or standing, but is 'lying'; see .*",
            "record walker --from lying"),
        fault("--steps must be between 1 and 100000, but is 0; see .*", "record walker --steps 0"),
        fault(
            "--trials must be between 0 and 10000, but is -1; see .*", "record walker --trials -1"),
        fault(
            "--perturb must be between 0 and 1, but is -0.1; see .*",
            "record walker --perturb -0.1"),
        fault(
            "--perturb must be between 0 and 1, but is NaN; see .*", "record walker --perturb NaN"),
        fault("there is no gait file absent.json", "record walker --gait absent.json"),
        fault("there is no gait file absent.json", "tune-gait walker --from absent.json"),
        fault(
            "parameter gravity = -1.0 is not allowed: a number from 0.0 to 100.0",
            "record walker --param gravity=-1"),
        fault(
            "--generations must be between 1 and 100000, but is 0; see .*",
            "tune-gait walker --generations 0"),
        fault(
            "Invalid value for option '--seed': 'x' is not a whole number below 2\\^63; see .*",
            "tune-gait walker --seed x"),
        fault("--server: .*nonsense.*", "record walker --server nonsense"));
  }

  private static Arguments fault(String message, String command) {
    return Arguments.of(message, command.split(" "));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void badInputIsOneSentence(String message, String[] args) {
    run(args).assertFault(2, message);
  }

  /** Edits of a gait whose hip begins in line 22. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[{]\\n|# no JSON|at line 1, column 1, malformed JSON; expected an object with"
            + " swing, landing, swing_duration, torso_lean, hip, knee, ankle, torso",
        "(?s).*|~~|at line 1, column 1, expected an object with swing, landing, .*, torso",
        "(?s).*|null|expected an object with swing, landing, .*, torso",
        "(?s).*|[]|at line 1, column 1, expected an object with swing, landing, .*, torso",
        "(?s)\"kd.*|~~|at line 24, column 5, malformed JSON; expected an object with .*",
        "\"hip\"|hip|at line 22, column 3, malformed JSON; expected an object with .*",
        "(?s)}\\n$|}}|at line 38, column 2, malformed JSON; expected an object with .*",
        "(?s)\"hip\": .*?}|\"hip\": 1|at line 22, column 10, expected hip, an object with kp, kd",
        "(?s)\"hip\": .*?}|\"hip\": null|at line .*, expected hip, an object with kp, kd",
        "987.5|\"stiff\"|at line 23, column 11, expected hip.kp, a number",
        "987.5|null|at line 23, column 11, expected hip.kp, a number",
        "\"kp\": 987.5,|~~|at line 25, column 3, expected hip.kp, a number",
        "\"kp\": 987.5|\"ki\": 1, \"kp\": 987.5|at line 25, column 4, expected one of kp, kd, not hip.ki",
        "987.5|-1|at line 25, column 3, hip.kp must be finite and more than 0, but is -1.0"
      })
  void aFileThatIsNoGaitIsBadInput(String part, String replacement, String fault)
      throws IOException {
    Gait walker = Objects.requireNonNull(Gaits.find("walker"));
    Gait stiff =
        new Gait(
            walker.swing(),
            walker.landing(),
            walker.swingDuration(),
            walker.torsoLean(),
            new Gait.Gains(987.5, 5),
            walker.knee(),
            walker.ankle(),
            walker.torso());
    String json = new String(Json.pretty(stiff), UTF_8);
    String file = file("edited", json.replaceFirst(part, Matcher.quoteReplacement(replacement)));
    String message = Pattern.quote(file) + " is not a gait: " + fault;
    run("record", "walker", "--gait", file).assertFault(2, message);
    run("tune-gait", "walker", "--from", file).assertFault(2, message);
  }

  @Test
  void aDirectoryIsNoGaitFile() {
    run("record", "walker", "--gait", path(".")).assertFault(2, "gait file .* cannot be read: .*");
  }

  @Test
  void helpSaysWhatASearchAsksFor() {
    assertTrue(run().err().contains("  tune-gait "));
    assertTrue(run().err().contains("  record "));
    Outcome tune = run("tune-gait", "--help");
    assertEquals(0, tune.code());
    for (String word : List.of("speed_weight=4", "initial_std=0.02", "start=0", "--resume")) {
      assertTrue(tune.out().contains(word), word);
    }
    assertTrue(run("record", "--help").out().startsWith("Usage: gaitway record"));
  }

  @Test
  void aRecordingDescribesItself() throws IOException {
    String file = path("new/walk.json");
    JsonNode line =
        run("record", "walker", "--steps=120", "--param=target_speed=1.3", "--json", "--out", file)
            .json();
    assertEquals(
        List.of("environment", "steps", "fell", "distance", "speed", "cost", "file"), names(line));
    JsonNode walk = Json.MAPPER.readTree(new File(file));
    assertEquals("gaitway-demonstration", walk.get("format").asText());
    assertEquals(1, walk.get("format_version").asInt());
    assertEquals("walker", walk.at("/environment/id").asText());
    assertEquals(64, walk.at("/environment/model_digest").asText().length());
    assertEquals(1.3, walk.at("/parameters/target_speed").asDouble());
    assertEquals(0.01, walk.get("dt").asDouble());
    assertEquals("root_x", walk.at("/states/0").asText());
    assertEquals("right_hip_torque", walk.at("/actions/0").asText());
    assertEquals(Gaits.find("walker"), Json.MAPPER.treeToValue(walk.get("gait"), Gait.class));
    assertEquals(121, walk.get("xs").size());
    assertEquals(18, walk.at("/xs/120").size());
    assertEquals(120, walk.get("us").size());
    assertEquals(6, walk.at("/us/0").size());
    assertEquals(120, walk.get("costs").size());
    assertFalse(walk.get("fell").asBoolean());
    assertTrue(walk.get("mid_gait").isNull());
    double distance = walk.at("/xs/120/0").asDouble() - walk.at("/xs/0/0").asDouble();
    assertEquals(distance, walk.get("distance").asDouble());
    assertEquals(distance, line.get("distance").asDouble());
    assertEquals(distance / 1.2, line.get("speed").asDouble(), 1e-12);
    double sum = 0;
    for (JsonNode cost : walk.get("costs")) {
      sum += cost.asDouble();
    }
    assertTrue(walk.get("total_cost").asDouble() > sum, "the terminal cost is in the total");
    assertEquals(walk.get("total_cost"), line.get("cost"));
  }

  @Test
  void fromStandingTheWalkPassesMidGait() throws IOException {
    String file = path("walk.json");
    String[] args = {"record", "walker", "--steps=300", "--from=standing", "--out", file};
    String text = run(args).out();
    assertTrue(text.startsWith("walker: walked 300 steps (3.00 s), "), text);
    assertTrue(text.contains("In mid-gait: 0.000, 0.92"), text);
    assertTrue(text.contains("Demonstration: " + file), text);
    JsonNode walk = Json.MAPPER.readTree(new File(file));
    assertEquals(0, walk.at("/parameters/start").asDouble());
    assertEquals(1.01, walk.at("/xs/0/1").asDouble());
    assertEquals(18, walk.get("mid_gait").size());

    args[2] = "--steps=20";
    assertTrue(run(args).out().contains("In mid-gait: not reached"));
  }

  @Test
  void trialsSayHowManyStayUpright() throws IOException {
    String out = "--out=" + path("walk.json");
    JsonNode none = trials(out, "--trials=3", "--perturb=0");
    JsonNode walk = Json.MAPPER.readTree(folder.resolve("walk.json").toFile());
    assertEquals(3, none.at("/trials/upright").asInt());
    assertEquals(walk.get("distance").asDouble(), none.at("/trials/distance").asDouble(), 1e-12);

    JsonNode small = trials(out, "--trials=10", "--perturb=0.02");
    assertEquals(10, small.at("/trials/upright").asInt());
    assertEquals(small, trials(out, "--trials=10", "--perturb=0.02"));

    JsonNode large = trials(out, "--trials=10", "--perturb=1");
    assertTrue(large.at("/trials/upright").asInt() < 10, large.toString());
    assertTrue(large.at("/trials/distance").asDouble() < small.at("/trials/distance").asDouble());
  }

  private static JsonNode trials(String... more) throws IOException {
    String[] first = {"record", "walker", "--steps=150", "--json"};
    return run(with(first, more)).json();
  }

  @Test
  void aSearchLeavesAGaitThatCanBeRecorded() throws IOException {
    String[] args = {"tune-gait", "walker", "--generations=1", "--seed=7", "--out", path("search")};
    Outcome outcome = run(with(args, "--json", "--param=start=1"));
    JsonNode line = outcome.json();
    assertEquals(
        List.of("environment", "seed", "generations", "upright", "cost", "seconds", "gait"),
        names(line));
    assertEquals(7, line.get("seed").asInt());
    assertEquals(3, line.get("generations").asInt());
    assertTrue(outcome.err().contains("stage 2/3  generation   1/1  best "), outcome.err());
    assertTrue(outcome.err().contains("/192  done in "), outcome.err());
    GaitSearchFile file = GaitSearchFile.read(folder.resolve("search"));
    assertEquals(4.0, file.parameters().get("speed_weight"));
    assertEquals(0.02, file.parameters().get("initial_std"));
    assertEquals(1.0, file.parameters().get("start"), "the command line has the last word");
    assertEquals(Gaits.read(Path.of(line.get("gait").asText())), file.state().gait());
    assertEquals(
        0,
        run(
                "record",
                "walker",
                "--gait",
                line.get("gait").asText(),
                "--steps=50",
                "--out",
                path("walk.json"))
            .code());

    Outcome again = run(args);
    assertEquals(1, again.code());
    assertTrue(again.err().contains("is not empty; name another directory"), again.err());
  }

  @Test
  void aFinishedSearchResumesToItsResult() throws IOException {
    String[] args = {"tune-gait", "walker", "--generations=1", "--out", path("search"), "--json"};
    assertEquals(run(args).json(), run(with(args, "--resume")).json());
  }

  @Test
  void resumingRefusesOtherSearchesAndOtherDynamics() throws IOException {
    String[] args = {"tune-gait", "walker", "--resume", "--out", path("search")};
    run(args).assertFault(1, "there is no search in .*: search.json is missing");
    Path directory = Files.createDirectory(folder.resolve("search"));
    GaitSearchFile file = beginning(5);
    file.write(directory);
    run(with(args, "--seed=6"))
        .assertFault(2, "--seed contradicts the search in .*, where it is 5; see .*");
    run(with(args, "--param=start=1"))
        .assertFault(2, "--param start contradicts the search in .*, where it is null; see .*");
    run(with(args, "--generations=3")).assertFault(2, "--generations contradicts the search in .*");
    run(with(args, "--from=absent.json")).assertFault(2, "--from says where a search begins, .*");
    Path json = directory.resolve("search.json");
    String text = Files.readString(json);
    Files.writeString(json, text.replaceFirst("\"version\": \"\\d+\"", "\"version\": \"0\""));
    run(args).assertFault(1, ".*a search continues on the same dynamics only");
    Files.writeString(json, text.replace("\"format\": 2", "\"format\": 1"));
    run(args).assertFault(1, ".*search.json has format 1, but this program reads format 2");
    Files.writeString(json, text.substring(0, text.length() / 2));
    run(args).assertFault(1, ".*search.json: not valid JSON, at line .*");
    Files.writeString(json, text.replace("\"sigma\": 0.1", "\"sigma\": \"wide\""));
    run(args)
        .assertFault(
            1, ".*search.json: field 'schedule\\[0\\].sigma' must be a number, but is \"wide\"");
  }

  private static GaitSearchFile beginning(long seed) {
    List<GaitSearch.Stage> schedule = List.of(new GaitSearch.Stage(60, 1, 0.1, 1));
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      return GaitSearchFile.beginning(
          client.environment("walker", Map.of()),
          Map.of(),
          seed,
          schedule,
          GaitSearch.State.first(schedule, GaitSearch.FIRST_GUESS));
    }
  }

  @Tag("all")
  @Test
  void aTerminatedSearchResumesToTheSameBits() throws Exception {
    String[] args = {"tune-gait", "walker", "--generations=3", "--json"};
    Path interrupted = folder.resolve("interrupted");
    File stderr = folder.resolve("stderr").toFile();
    Process process = Program.start(stderr, with(args, "--out=" + interrupted));
    try {
      while (!Files.exists(interrupted.resolve("gait.json"))
          || GaitSearchFile.read(interrupted).state().completed() < 2) {
        assertTrue(process.isAlive(), () -> "the process ended, see " + stderr);
        TimeUnit.MILLISECONDS.sleep(20);
      }
      process.destroy();
      assertEquals(Program.SIGTERM, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    String err = Files.readString(stderr.toPath());
    assertTrue(
        err.endsWith(
            "Stopped. Continue with: gaitway tune-gait walker --resume --out "
                + interrupted
                + "\n"),
        err);
    assertTrue(
        GaitSearchFile.read(interrupted).state().completed() < 9,
        "the process was not interrupted in the middle");
    JsonNode resumed = run(with(args, "--resume", "--out=" + interrupted)).json();
    JsonNode undisturbed = run(with(args, "--out=" + path("undisturbed"))).json();
    assertEquals(undisturbed.get("cost"), resumed.get("cost"));
    assertEquals(undisturbed.get("upright"), resumed.get("upright"));
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("undisturbed").resolve("gait.json")),
        Files.readAllBytes(interrupted.resolve("gait.json")));
  }
}
