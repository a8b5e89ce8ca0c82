package io.gaitway.agents.algorithms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Settings;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.Policy;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every agent of the paper's comparison. */
class AllAgentsTest {
  static List<Agent<?>> agents() {
    return Agents.load().all().stream()
        .filter(agent -> agent.getClass().getPackage().equals(Vgps.class.getPackage()))
        .toList();
  }

  static List<Arguments> presetFiles() throws IOException, URISyntaxException {
    List<Arguments> all = new ArrayList<>();
    for (Agent<?> agent : agents()) {
      URL folder = agent.getClass().getResource(agent.name());
      assertNotNull(folder, agent.name() + " has no folder of presets");
      try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
        files
            .filter(file -> !file.endsWith("best.presets.json")) // It says which preset is best.
            .forEach(file -> all.add(Arguments.of(agent, file)));
      }
    }
    return all;
  }

  @Test
  void theEightMethodsAreThere() {
    assertEquals(
        List.of(
            "adapted-dagger",
            "adapted-gps",
            "cost-weighted",
            "cost-weighted-1000",
            "dagger",
            "gps",
            "vgps",
            "weighted-dagger"),
        agents().stream().map(Agent::name).toList());
  }

  /** A file that no preset leads to, or whose values are out of range, is a mistake. */
  @ParameterizedTest
  @MethodSource("presetFiles")
  void everyPresetFileIsReadForItsPresetAndEnvironment(Agent<?> agent, Path file)
      throws IOException {
    String[] name = file.getFileName().toString().replaceFirst("\\.json$", "").split("-", 2);
    assertTrue(agent.presets().contains(name[0]), "there is no such preset");
    ObjectNode general = Settings.toJson(agent.preset(name[0], "eel"));
    ObjectNode read = Settings.toJson(agent.preset(name[0], name.length == 1 ? "eel" : name[1]));
    JsonNode own = JsonFiles.parse(Files.readAllBytes(file));
    assertTrue(own.size() > 0, "says nothing");
    for (Map.Entry<String, JsonNode> setting : own.properties()) {
      JsonNode value = read.get(setting.getKey());
      if (value.isNumber()) {
        assertEquals(setting.getValue().doubleValue(), value.doubleValue(), setting.getKey());
      } else {
        assertEquals(setting.getValue(), value, setting.getKey());
      }
      assertTrue(
          name.length == 1 || !value.equals(general.get(setting.getKey())),
          setting.getKey() + " is the same everywhere");
    }
  }

  /** What VGPS's default adds to the paper is off in every method's preset of that name. */
  @ParameterizedTest
  @MethodSource("agents")
  void thePapersPresetHasNoneOfTheDeviations(Agent<?> agent) {
    ObjectNode paper = Settings.toJson(agent.preset(Agent.PAPER_PRESET, "walker"));
    Map<String, Double> off =
        Map.ofEntries(
            Map.entry("kappa", 1.0),
            Map.entry("padding", 0.0),
            Map.entry("inflation", 0.0),
            Map.entry("inflation_end", 0.0),
            Map.entry("sweep_std", 0.0),
            Map.entry("rollouts", 0.0),
            Map.entry("label_covariance", agent.name().endsWith("dagger") ? 0.0 : 1.0),
            Map.entry("residual_share", 1.0),
            Map.entry("refit_every", 0.0),
            Map.entry("covariance_decay", 1.0),
            Map.entry("temperature", 1.0),
            Map.entry("effective_share", 0.0));
    off.forEach(
        (name, value) -> {
          if (paper.has(name)) {
            assertEquals(value, paper.get(name).doubleValue(), name);
          }
        });
    assertEquals(paper, Settings.toJson(agent.preset(Agent.PAPER_PRESET, "swimmer")));
  }

  /** All methods start from the same supervised policy, if they are told to train it alike. */
  @ParameterizedTest
  @MethodSource("agents")
  void theFirstPolicyIsTheSame(Agent<?> agent) {
    Map<String, String> alike = Map.of("minimum_std", "0.1", "label_covariance", "1");
    Learner expected = LearningProblem.learner(new Vgps(), Agent.PAPER_PRESET, alike);
    Learner learner = LearningProblem.learner(agent, Agent.PAPER_PRESET, alike);
    Reference first = expected.start();
    Reference second = learner.start();
    assertEquals(first.cost(), second.cost());
    expected.iterate(1);
    learner.iterate(1);
    assertSame(expected.policy(), learner.policy());
  }

  @ParameterizedTest
  @MethodSource("agents")
  void aRestoredLearnerGoesOnToTheSameBits(Agent<?> agent) throws IOException {
    for (String preset : agent.presets()) {
      assertGoesOnToTheSameBits(agent, preset, Map.of());
    }
  }

  /** The rollouts that judged the last policy teach the next one, and are no part of the state. */
  @Test
  void aRestoredLearnerLearnsFromTheSameRollouts() throws IOException {
    Map<String, String> settings =
        Map.of(
            "validation", "3",
            "policy_rollouts", "5",
            "policy_start_std", "0.1");
    assertGoesOnToTheSameBits(new Vgps(), Agent.DEFAULT_PRESET, settings);
  }

  private static <S extends Record> void assertGoesOnToTheSameBits(
      Agent<S> agent, String preset, Map<String, String> settings) throws IOException {
    Learner undisturbed = LearningProblem.learner(agent, preset, settings);
    undisturbed.start();
    ObjectNode state = undisturbed.save();
    for (int iteration = 1; iteration <= 6; iteration++) {
      Learner restored = LearningProblem.learner(agent, preset, settings);
      restored.restore((ObjectNode) new ObjectMapper().readTree(state.toString()));
      IterationReport expected = undisturbed.iterate(iteration);
      assertEquals(expected, restored.iterate(iteration), preset);
      assertSame(undisturbed.policy(), restored.policy());
      state = undisturbed.save();
      assertEquals(state, restored.save());
      expected
          .scalars()
          .forEach((name, value) -> assertTrue(Double.isFinite(value), name + " is " + value));
    }
  }

  @ParameterizedTest
  @MethodSource("agents")
  void thereIsNoPolicyBeforeTheFirstIteration(Agent<?> agent) {
    Learner learner = LearningProblem.learner(agent, Agent.DEFAULT_PRESET, Map.of());
    learner.start();
    assertThrows(IllegalStateException.class, learner::policy);
    assertFalse(learner.save().has("W1"));
  }

  private static void assertSame(Policy expectedPolicy, Policy actualPolicy) {
    Controller.Mlp expected = expectedPolicy.controller();
    Controller.Mlp actual = actualPolicy.controller();
    assertEquals(expected.inputs(), actual.inputs());
    assertArrayEquals(expected.std(), actual.std());
    for (int l = 0; l < 2; l++) {
      assertArrayEquals(expected.layers().get(l).W(), actual.layers().get(l).W());
      assertArrayEquals(expected.layers().get(l).b(), actual.layers().get(l).b());
    }
  }
}
