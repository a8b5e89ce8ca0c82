package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.names;
import static io.gaitway.agents.cli.Program.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.GaitwayVersion;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command line: its faults, its help, and the commands that only describe. */
class GaitwayTest {
  static Stream<Arguments> faults() {
    return Stream.of(
        fault(2, "AGENT and ENVIRONMENT are missing; see 'gaitway train --help'", "train"),
        fault(2, "ENVIRONMENT is missing; see 'gaitway train --help'", "train wander"),
        fault(
            2,
            "there is no option '--hiden' \\(did you mean '--hidden'\\?\\); see .*",
            "train wander swimmer --hiden=1"),
        fault(
            2,
            "--hidden: hidden layers must be written like 10, 64x64 or 64x64-tanh, but are 'ten';"
                + " see .*",
            "train wander swimmer --hidden ten"),
        fault(
            2,
            "--hidden: a hidden layer must have 1 to 4096 units, but has 0; see .*",
            "train wander swimmer --hidden 0"),
        fault(
            2,
            "--iterations must be between 1 and 100000, but is 100001; see .*",
            "train wander swimmer --iterations 100001"),
        fault(
            2,
            "--preset must be default or paper, but is 'best'; see .*",
            "train wander swimmer --preset best"),
        fault(2, "there is no agent 'nobody'; there are: .*wander.*", "train nobody swimmer"),
        fault(
            2,
            "there is no setting 'strid' \\(did you mean 'stride'\\?\\); there are stride, pause",
            "train wander swimmer --set strid=1"),
        fault(
            2,
            "setting 'stride' must be more than 0 and at most 10, but is 11.0",
            "train wander swimmer --set stride=11"),
        fault(2, ".*'nowhere'.*swimmer.*walker", "train wander nowhere"),
        fault(
            2,
            "there is no environment 'swimer'; there are: .* \\(did you mean 'swimmer'\\?\\)",
            "train wander swimer"),
        fault(
            2,
            "parameter target_sped = 0.4 is not allowed: the parameters are .* \\(did you mean"
                + " 'target_speed'\\?\\)",
            "train wander swimmer --param target_sped=0.4"),
        fault(
            2, ".*target_speed.*1000.*-10.*10.*", "train wander swimmer --param target_speed=1000"),
        fault(
            2,
            "--observe has 'joint3'; swimmer has root_x, .*; groups are all, .*",
            "train wander swimmer --observe angles,joint3"),
        fault(
            2,
            "--observe names 'joint1_angle' twice",
            "train wander swimmer --observe angles,joint1_angle"),
        fault(
            2,
            "--measure-param measures how many rollouts stay upright, but episodes of swimmer never end early; see .*",
            "experiment wander swimmer --measure-param links=4"),
        fault(
            2,
            "Invalid value for option '--measure-param' \\(NAME=VALUE\\): must be a parameter and a"
                + " number, as in friction=0.8, but is 'friction'; see .*",
            "experiment wander walker --measure-param friction"),
        fault(
            2,
            "parameter frictio = 1.0 is not allowed: the parameters are .* \\(did you mean"
                + " 'friction'\\?\\)",
            "experiment wander walker --measure-param friction=0.8,frictio=1 --out absent"),
        fault(
            2,
            "--set, for wander: there is no setting 'strid' \\(did you mean 'stride'\\?\\); there are stride, pause",
            "experiment wander swimmer --set strid=1"),
        fault(2, "--server: .*nonsense.*", "train wander swimmer --server nonsense"),
        fault(1, ".*127.0.0.1:1 .*", "train wander swimmer --server 127.0.0.1:1"),
        fault(1, "there is no run in absent: config.json is missing", "report absent"),
        fault(
            1,
            "there is no policy to export: absent.json is missing",
            "export absent.json --onnx absent.onnx"),
        fault(2, "Missing required option: '--onnx=FILE'; see .*", "export policy.json"),
        fault(1, "there is no run in absent: .*", "train wander swimmer --resume absent"),
        fault(2, "--resume needs a directory, or AGENT and ENVIRONMENT; see .*", "train --resume"),
        fault(
            2,
            "--checkpoint-interval must be a number of seconds of at least 0, or inf, but is -1;"
                + " see .*",
            "train wander swimmer --checkpoint-interval -1"),
        fault(
            2,
            "--checkpoint-interval must be a number of seconds of at least 0, or inf, but is NaN;"
                + " see .*",
            "train wander swimmer --checkpoint-interval NaN"),
        fault(
            2,
            "--agent-timeout must be a number of seconds greater than 0, or inf for no limit, but"
                + " is -inf; see .*",
            "agents --agent-timeout -inf"),
        fault(
            2,
            "Invalid value for option '--seed': '1.5' is not a whole number below 2\\^63; see .*",
            "train wander swimmer --seed 1.5"),
        fault(
            2,
            "Invalid value for option '--param' \\(NAME=VALUE\\): 'x' is not a number; see .*",
            "train wander swimmer --param horizon=x"),
        fault(
            2,
            "--samples must be between 1 and 1000000, but is 0; see .*",
            "check-derivatives swimmer --samples 0"),
        fault(2, "--param needs the NAME of an environment; see .*", "environments --param a=1"));
  }

  private static Arguments fault(int code, String message, String command) {
    return Arguments.of(code, message, command.split(" "));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsOneLineAndAnExitCode(int code, String message, String[] args) {
    run(args).assertFault(code, message);
  }

  @Test
  void verboseShowsWhereAnErrorCameFrom() {
    Outcome outcome = run("report", "absent", "--verbose");
    assertEquals(1, outcome.code());
    assertTrue(outcome.err().contains("at io.gaitway.agents.run.RunDirectory.readConfig"));
  }

  @Test
  void withoutACommandTheProgramSaysWhatThereIs() {
    Outcome outcome = run();
    assertEquals(2, outcome.code());
    for (String command :
        List.of(
            "train", "serve", "agents", "environments", "check-derivatives", "report", "export")) {
      assertTrue(outcome.err().contains("  " + command + " "), command);
      Outcome help = run(command, "--help");
      assertEquals(0, help.code());
      assertTrue(help.out().startsWith("Usage: gaitway " + command), help.out());
    }
    assertTrue(run("--version").out().startsWith("gaitway " + GaitwayVersion.program()));
    assertTrue(Pattern.matches("\\d+\\.\\d+\\.\\d+.*", GaitwayVersion.program()));
  }

  @Test
  void checkDerivativesPrintsTheWorstEntry() throws IOException {
    Outcome outcome = run("check-derivatives", "swimmer", "--samples", "5", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode line = Json.MAPPER.readTree(outcome.out());
    assertEquals(List.of("environment", "samples", "worst_relative_error", "entry"), names(line));
    assertTrue(line.get("worst_relative_error").asDouble() < 1e-8, outcome.out());
    assertTrue(run("check-derivatives", "swimmer", "--samples=5").out().contains("WORST ENTRY"));
  }

  @Test
  void checkDerivativesSaysWhichSideOfAKinkItComparedWith() throws IOException {
    Outcome outcome = run("check-derivatives", "swimmer", "--samples", "5", "--corners", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode line = Json.MAPPER.readTree(outcome.out());
    assertEquals(
        List.of("environment", "samples", "worst_relative_error", "entry", "against", "kink"),
        names(line));
    assertTrue(line.get("worst_relative_error").asDouble() < 1e-5, outcome.out());
    String text = run("check-derivatives", "swimmer", "--samples=5", "--corners").out();
    assertTrue(text.contains(" over 5 corners, at "), text);
    assertTrue(text.contains("AGAINST") && text.contains("mean"), text);
  }

  @Test
  void environmentsAreDescribedInFull() throws IOException {
    assertTrue(run("environments").out().contains("swimmer"));
    String text = run("environments", "swimmer", "--param", "links=4").out();
    for (String word : List.of("joint3_velocity", "joint3_torque", "target_speed", "digest")) {
      assertTrue(text.contains(word), word);
    }
    JsonNode json = Json.MAPPER.readTree(run("environments", "swimmer", "--json").out());
    assertEquals(10, json.get("state").size());
  }

  @Test
  void agentsAreDescribedInFull() {
    assertTrue(run("agents").out().contains("Walks through the weights at random."));
    String text = run("agents", "wander").out();
    assertTrue(text.contains("stride  0.5      1.0    more than 0 and at most 10"), text);
  }

  @Test
  void agentsAreDescribedInJsonForOtherPrograms() throws IOException {
    JsonNode all = Json.MAPPER.readTree(run("agents", "--json").out());
    assertTrue(all.findValuesAsText("name").contains("wander"), all::toString);
    JsonNode json = Json.MAPPER.readTree(run("agents", "wander", "--json").out());
    assertEquals("swimmer", json.get("environment").asText());
    assertEquals(0.5, json.at("/presets/default/stride").doubleValue());
    JsonNode stride = json.at("/settings/stride");
    assertEquals("number", stride.get("type").asText());
    assertEquals(0, stride.get("exclusiveMinimum").doubleValue());
    assertEquals(10, stride.get("maximum").doubleValue());
    assertTrue(stride.path("minimum").isMissingNode(), stride::toString);
  }
}
