package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.evaluation.Suite;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code evaluate} with policies and with a program as the controller. */
@Timeout(180)
class EvaluateTest extends EvaluateFixture {
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
}
