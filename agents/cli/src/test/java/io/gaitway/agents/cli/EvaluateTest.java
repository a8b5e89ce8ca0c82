package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.program.Puppet;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.evaluation.Suite;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands {@code evaluate} and {@code leaderboard}, with controllers of every manner. */
@Timeout(180)
class EvaluateTest {
  private static final String SUITE = "swimmer-still";

  /** A Java program may take seconds for its first answer where the machine is busy. */
  private static final String PATIENT = "--deadline=100";

  @TempDir Path folder = Path.of("unset");

  private String database() {
    return "--database=" + folder.resolve("evaluations.db");
  }

  private Program.Outcome evaluate(String... args) {
    return Program.run(with(new String[] {"evaluate", database()}, args));
  }

  private Program.Outcome agent(String manner, String... args) {
    String command = ControllerMain.commandLine(manner.split(":", -1));
    return evaluate(
        with(
            new String[] {SUITE, "--controller-command=" + command, "--controller=" + manner},
            args));
  }

  /** A policy with weights of no meaning. */
  private Path policy(EnvironmentInfo environment) throws IOException {
    int d = environment.observation().size();
    Random random = new Random(5);
    GaussianMlp policy =
        new GaussianMlp(
            environment.nx(),
            environment.observation(),
            numbers(random, 4 * d, 1),
            numbers(random, 4, 1),
            numbers(random, 4 * environment.nu(), 20),
            numbers(random, environment.nu(), 1),
            IntStream.range(0, environment.nu()).mapToDouble(i -> 2).toArray());
    Path file = folder.resolve("policy.json");
    PolicyFile.of(policy, environment).write(file);
    return file;
  }

  private static double[] numbers(Random random, int count, double scale) {
    return IntStream.range(0, count).mapToDouble(i -> scale * random.nextGaussian()).toArray();
  }

  /** Digests of the rollouts of a controller in the suite that is named. */
  private static List<String> rollouts(
      GaitwayClient client, String suiteId, Controller controller) {
    Suite suite =
        client.evaluations().suites().stream()
            .filter(candidate -> candidate.id().equals(suiteId))
            .findFirst()
            .orElseThrow();
    assertEquals(0, suite.initialStateStd());
    Simulator simulator = client.simulator(suite.variants().get(0).environment(), Map.of());
    List<double[]> starts = simulator.initialStates(suite.seed(), suite.episodes());
    return simulator
        .rollout(
            new RolloutRequest(suite.horizon(), starts, List.of(controller), List.of(), List.of()))
        .stream()
        .map(rollout -> rollout.digest())
        .toList();
  }

  private static List<String> digests(JsonNode result) {
    List<String> digests = new ArrayList<>();
    result.get("episodes").forEach(episode -> digests.add(episode.get("digest").asText()));
    return digests;
  }

  @Test
  void aPolicyHasTheBitsOfItsRollouts() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      Path file = policy(client.environment("swimmer", Map.of()));
      List<String> expected =
          rollouts(client, SUITE, PolicyFile.read(file).policy().controller().withoutNoise());
      JsonNode result = evaluate(SUITE, "--policy=" + file, "--json").json();
      assertEquals(expected, digests(result));
      JsonNode again = evaluate(SUITE, "--policy=" + file, "--parallel=3", "--json").json();
      assertEquals(expected, digests(again));
      assertEquals(result.get("digest"), again.get("digest"));
      assertEquals(2, again.get("ranked").asInt());
      assertEquals(2, again.get("rank").asInt());
      assertEquals(1, result.get("survival").asDouble());
      String noisy =
          evaluate(SUITE, "--policy=" + file, "--noise=1", "--json").json().get("digest").asText();
      assertNotEquals(result.get("digest").asText(), noisy);
      assertEquals(
          noisy,
          evaluate(SUITE, "--policy=" + file, "--noise=1", "--parallel=1", "--json")
              .json()
              .get("digest")
              .asText());
    }
  }

  @Test
  void aPolicyOfAnotherEnvironmentIsRefused() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      Path file = policy(client.environment("swimmer", Map.of()));
      Program.Outcome outcome = evaluate("walker-gait", "--policy=" + file);
      assertEquals(Gaitway.USAGE, outcome.code());
      assertTrue(
          outcome.err().startsWith("gaitway: --policy: the policy is for swimmer with states"),
          outcome.err());
    }
  }

  @Test
  void aControllerInAProcessOfItsOwnCanOnlyAnswer() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      Program.Outcome outcome = agent("peek", "--json", PATIENT);
      JsonNode result = outcome.json();
      int steps = 400 * client.environment("swimmer", Map.of()).nu();
      assertEquals(
          rollouts(client, SUITE, new Controller.OpenLoop(new double[steps])), digests(result));
      assertEquals(1, result.get("attachments").asInt());
      assertTrue(outcome.err().contains("10/10 episodes finished"), outcome.err());
      String log = Files.readString(log(result.get("evaluation").asText()));
      assertTrue(log.contains("catalog: UNIMPLEMENTED"), log);
    }
  }

  private Path log(String id) {
    return folder.resolve("evaluation-" + id.substring(0, 8) + ".log");
  }

  private static String idToResume(String err) {
    Matcher id = Pattern.compile("--resume (\\S+)").matcher(err);
    assertTrue(id.find(), err);
    return id.group(1);
  }

  @Test
  void aCrashIsReportedAndTheEvaluationGoesOn() throws Exception {
    Program.Outcome crashed = agent("crash:600", "--parallel=4", PATIENT);
    assertEquals(Gaitway.FAILURE, crashed.code(), crashed.err());
    assertTrue(crashed.err().contains("  | something is wrong here"), crashed.err());
    assertTrue(
        crashed.err().contains("ended with exit code 3, with 4 of 10 episodes finished"),
        crashed.err());
    String id = idToResume(crashed.err());
    JsonNode result =
        evaluate(
                "--resume=" + id,
                "--controller-command=" + ControllerMain.commandLine("fine"),
                "--json")
            .json();
    assertEquals(2, result.get("attachments").asInt());
    assertEquals(id, result.get("evaluation").asText());
    assertEquals(List.of(1, 1, 1, 1, 2, 2, 2, 2, 1, 1), beginnings(result));
    assertEquals(
        agent("fine", "--json", PATIENT).json().get("digest").asText(),
        result.get("digest").asText());
    assertEquals(0, evaluate("--resume=" + id, "--listen", "--json").code());
  }

  private static List<Integer> beginnings(JsonNode result) {
    List<Integer> values = new ArrayList<>();
    result.get("episodes").forEach(episode -> values.add(episode.get("beginnings").asInt()));
    return values;
  }

  @Test
  void aHangIsReported() {
    Program.Outcome outcome = agent("hang:1", "--parallel=4", "--deadline=0.3", "--patience=15");
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .err()
            .contains(
                "the controller hang:1 left the evaluation and has not attached again within 15 s; its last"
                    + " fault was DEADLINE_MISSED (round 1 was not answered within 300 ms), with 4 of 10"
                    + " episodes finished"),
        outcome.err());
  }

  @Test
  void oneThatNeverAttachesIsReported() {
    Program.Outcome outcome = agent("absent", "--patience=1");
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("has not attached within 1.0 s"), outcome.err());
  }

  @Test
  void aFloodIsReported() {
    Program.Outcome outcome = agent("flood", "--parallel=4", PATIENT);
    assertEquals(Gaitway.FAILURE, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .err()
            .contains(
                "ended with exit code 4; its last fault was OUT_OF_TURN (round 7 was answered, but"
                    + " round 0 was asked), with 4 of 10 episodes finished"),
        outcome.err());
  }

  @Test
  void numbersThatAreNoneAreReported() {
    Program.Outcome outcome = agent("nan:390", "--parallel=5", PATIENT);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .out()
            .contains(
                "NON_FINITE_ACTION; the last: NON_FINITE_ACTION (joint1_torque is NaN at step"),
        outcome.out());
  }

  @Test
  void whatIsNoProgramIsReported() {
    Program.Outcome outcome = evaluate(SUITE, "--controller-command=no-such-program");
    assertEquals(Gaitway.USAGE, outcome.code());
    assertTrue(
        outcome.err().contains("gaitway: --controller-command: cannot start 'no-such-program': "),
        outcome.err());
  }

  @Test
  void commandLinesThatCannotBeCarriedOut() {
    String help = "; see 'gaitway evaluate --help'";
    evaluate(SUITE)
        .assertFault(
            Gaitway.USAGE,
            "name one controller: --policy FILE, --controller-command COMMAND or --listen" + help);
    evaluate(SUITE, "--agent=x")
        .assertFault(
            2,
            "--agent names a learning agent, in train; a controller's command is --controller-command"
                + help);
    evaluate(SUITE, "--listen", "--controller-command=x")
        .assertFault(
            Gaitway.USAGE,
            "name one controller: --policy FILE, --controller-command COMMAND or --listen" + help);
    evaluate(SUITE, "--listen", "--noise=1")
        .assertFault(Gaitway.USAGE, "--noise goes with --policy" + help);
    evaluate("--listen")
        .assertFault(
            Gaitway.USAGE,
            "SUITE is missing; there are swimmer-disturbed, swimmer-still, swimmer-varied,"
                + " walker-disturbed, walker-gait, walker-varied"
                + help);
    evaluate("none", "--listen")
        .assertFault(Gaitway.USAGE, "there is no suite 'none'; known: swimmer-disturbed, .*");
    evaluate(SUITE, "--listen", "--deadline=0.0001")
        .assertFault(
            Gaitway.USAGE,
            "--deadline must be between 0.001 and 600.0 seconds, but is 1.0E-4" + help);
    evaluate(SUITE, "--listen", "--deadline=inf")
        .assertFault(
            Gaitway.USAGE, "Invalid value for option '--deadline': 'inf' is not a number" + help);
    evaluate(SUITE, "--listen", "--deadline=NaN")
        .assertFault(
            Gaitway.USAGE, "--deadline must be between 0.001 and 600.0 seconds, but is NaN" + help);
    for (String patience : List.of("0", "-1", "soon")) {
      evaluate(SUITE, "--listen", "--patience=" + patience)
          .assertFault(
              Gaitway.USAGE,
              "--patience must be a number of seconds greater than 0, or inf for no limit, but is "
                  + patience
                  + help);
    }
    evaluate("--resume=abcdefghijk", "--listen")
        .assertFault(Gaitway.USAGE, "there is no evaluation 'abcdefgh…'");
    evaluate(SUITE, "--listen", "--server=127.0.0.1:1")
        .assertFault(
            Gaitway.USAGE,
            "--database goes with the program's own server, not with --server" + help);
  }

  @Test
  void aDatabaseThatIsNoneIsOneClearError() throws Exception {
    Path text = Files.writeString(folder.resolve("evaluations.db"), "no database".repeat(100));
    evaluate(SUITE, "--listen")
        .assertFault(Gaitway.FAILURE, Pattern.quote(text + " cannot be used: ") + ".*");
  }

  @Test
  void theLeaderboardIsATableAFileAndAPage() throws Exception {
    Program.run("leaderboard", database());
    assertFalse(Files.exists(folder.resolve("evaluations.db")), "reading makes no file");
    String command = ControllerMain.commandLine("fine");
    evaluate(
        SUITE,
        "--controller-command=" + command,
        "--controller=still, \"water\"",
        "--description=<does> nothing",
        PATIENT);
    Path csv = folder.resolve("out").resolve("board.csv");
    Path html = folder.resolve("out").resolve("board.html");
    Program.Outcome outcome =
        Program.run("leaderboard", SUITE, database(), "--csv=" + csv, "--html=" + html);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().startsWith(SUITE + System.lineSeparator()), outcome.out());
    assertTrue(outcome.out().contains("still, \"water\""), outcome.out());
    List<String> lines = Files.readAllLines(csv);
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).contains(",1,\"still, \"\"water\"\"\",1.0,"), lines.get(1));
    assertTrue(lines.get(1).endsWith(",<does> nothing"), lines.get(1));
    String page = Files.readString(html);
    assertTrue(page.contains("<title>Leaderboard of swimmer-still</title>"));
    assertFalse(page.contains("<does>"), "data cannot end the script");
    assertFalse(page.contains("{{"), "all places are filled");
    Program.run("leaderboard", "none", database())
        .assertFault(Gaitway.USAGE, "there is no suite 'none'; known: .*");
    JsonNode json = Program.run("leaderboard", database(), "--json").json();
    assertEquals("still, \"water\"", json.at("/suites/0/evaluations/0/controller").asText());
  }

  @Test
  void aStoppedCommandLeavesNothingRunning() throws Exception {
    Path err = folder.resolve("stderr");
    String hanging = Puppet.commandLine("child", "stubborn", "hang");
    Process process =
        Program.start(
            err.toFile(), "evaluate", SUITE, database(), "--controller-command=" + hanging);
    try {
      Path log = awaitLog(process, err);
      ProcessHandle agent = process.children().findFirst().orElseThrow();
      long child = Long.parseLong(Files.readString(log).strip().substring("child ".length()));
      ProcessHandle grandchild = ProcessHandle.of(child).orElseThrow();
      process.destroy();
      assertEquals(Program.SIGTERM, process.waitFor());
      assertFalse(agent.isAlive());
      assertFalse(grandchild.isAlive());
      String said = Files.readString(err);
      assertTrue(said.contains("Stopped. Continue with: ./gaitway evaluate --resume "), said);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void aControllerThatConnectsByItselfIsAwaited() throws Exception {
    Path err = folder.resolve("stderr");
    Process process =
        Program.start(err.toFile(), "evaluate", SUITE, database(), "--listen", PATIENT);
    try {
      Pattern place = Pattern.compile("GAITWAY_EVALUATION_SERVER=(\\S+) GAITWAY_EVALUATION=(\\S+)");
      Matcher told = place.matcher(Files.readString(err));
      while (!told.find()) {
        assertTrue(process.isAlive(), Files.readString(err));
        TimeUnit.MILLISECONDS.sleep(20);
        told = place.matcher(Files.readString(err));
      }
      try (GaitwayClient client = GaitwayClient.connect(told.group(1))) {
        client.evaluations().control(told.group(2), (round, us) -> {});
      }
      assertEquals(0, process.waitFor());
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(out.startsWith("controller on swimmer-still"), out);
    } finally {
      process.destroyForcibly();
    }
  }

  private Path awaitLog(Process process, Path err) throws Exception {
    while (true) {
      assertTrue(process.isAlive(), Files.readString(err));
      try (var files = Files.list(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".log")).toList()) {
          if (Files.readString(file).endsWith("\n")) {
            return file;
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void aKilledCommandKeepsFinishedEpisodes() throws Exception {
    Path err = folder.resolve("stderr");
    String slow = ControllerMain.commandLine("hang", "900");
    Process process =
        Program.start(
            err.toFile(),
            "evaluate",
            SUITE,
            database(),
            "--parallel=4",
            PATIENT,
            "--controller-command=" + slow);
    List<ProcessHandle> family = List.of();
    try {
      while (!Files.exists(err) || !Files.readString(err).contains("8/10 episodes finished")) {
        assertTrue(process.isAlive(), () -> Arrays.toString(readAll(err)));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      family = process.descendants().toList();
      process.destroyForcibly().waitFor();
    } finally {
      process.destroyForcibly();
      family.forEach(ProcessHandle::destroyForcibly);
    }
    Matcher id = Pattern.compile("Evaluation: (\\S+)").matcher(Files.readString(err));
    assertTrue(id.find());
    JsonNode result =
        evaluate(
                "--resume=" + id.group(1),
                "--controller-command=" + ControllerMain.commandLine("fine"),
                "--json")
            .json();
    assertEquals(List.of(1, 1, 1, 1, 1, 1, 1, 1, 2, 2), beginnings(result));
    assertEquals(
        agent("fine", "--json", PATIENT).json().get("digest").asText(),
        result.get("digest").asText());
  }

  private static byte[] readAll(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
