package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.table.CsvRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Final policies, measured once more with all that there is to ask. */
@Timeout(180)
class FinalMeasurementTest extends ExperimentFixture {
  private static final String[] ALL =
      experiment(
          "wander",
          "walker",
          "--hidden=3",
          "--presets=default,paper",
          "--iterations=2",
          "--param=horizon=60",
          "--set=stride=0.7",
          "--observe=angles",
          "--final-rollouts=4",
          "--perturb=0.02",
          "--endurance=80",
          "--measure-param=friction=0.8,mass_scale=3",
          "--seeds=20-21");

  private static String run(String preset, int seed) {
    return "walker-wander/" + preset + "-h3-set.stride=0.7-param.horizon=60-s" + seed;
  }

  @Test
  void runsAtTheSameTimeAreTheRunsOneByOne() throws IOException {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    succeed(with(ALL, "--out=" + one));
    succeed(with(ALL, "--jobs=2", "--out=" + two));
    assertSameTables(one, two);
    for (String name :
        List.of(run("default", 20), run("default", 21), run("paper", 20), run("paper", 21))) {
      assertArrayEquals(
          Files.readAllBytes(one.resolve(name).resolve("policy.json")),
          Files.readAllBytes(two.resolve(name).resolve("policy.json")));
      assertEquals(rolloutSteps(one.resolve(name)), rolloutSteps(two.resolve(name)));
      RunConfig config = new RunDirectory(two.resolve(name)).readConfig();
      assertEquals(0.7, config.settings().get("stride").asDouble());
      assertEquals(7, config.observation().size());
    }
    CsvRows runs = CsvRows.read(two.resolve("runs.csv"));
    assertEquals(4, runs.rows().size());
    for (CsvRows.Row row : runs.rows()) {
      for (String column :
          List.of(
              "final_falls",
              "final_success_share",
              "stochastic_upright_at_0.02",
              "deterministic_upright_at_0.02",
              "upright_for_80_steps",
              "upright_with_friction=0.8",
              "upright_with_mass_scale=3")) {
        double share = Double.parseDouble(row.cell(column));
        assertTrue(share >= 0 && share <= 1, column);
      }
      assertTrue(Double.parseDouble(row.cell("final_stochastic_cost")) > 0);
    }

    String summary = Files.readString(two.resolve("summary.md"));
    assertTrue(
        summary.contains(
            "\n## Final policies, 4 rollouts with noise that training has not seen, interquartile"),
        summary);
    assertTrue(
        CsvRows.read(two.resolve("summary.csv")).rows().stream()
            .anyMatch(row -> row.cell("statistic").equals("upright_for_80_steps")));

    // As after an interruption: one run is missing, the others are complete, and measured.
    RunDirectory missing = new RunDirectory(two.resolve(run("default", 21)));
    byte[] policy = Files.readAllBytes(missing.policy());
    try (Stream<Path> files = Files.walk(missing.path())) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> assertTrue(file.toFile().delete()));
    }
    String err = succeed(with(ALL, "--out=" + two)).err();
    assertTrue(err.contains("3 of 4 runs done, 1 to do"), err);
    assertArrayEquals(policy, Files.readAllBytes(missing.policy()));
    assertSameTables(one, two);

    // What was measured in another way is measured anew, and nothing trained.
    err = succeed(but(with(ALL, "--out=" + two), "--perturb=0.02,0.3")).err();
    assertTrue(err.contains("0 of 4 runs done, 4 to do"), err);
    assertArrayEquals(policy, Files.readAllBytes(missing.policy()));
    List<Map<String, String>> more = timeless(two.resolve("runs.csv"));
    assertTrue(more.get(0).containsKey("stochastic_upright_at_0.3"), more.toString());
  }

  /** What the learner used up to each iteration, as the server that the runs shared counted it. */
  private static List<Long> rolloutSteps(Path run) throws IOException {
    return MetricsLog.read(new RunDirectory(run).metrics()).stream()
        .map(metrics -> metrics.usage().rolloutSteps())
        .toList();
  }

  @Test
  void whereEpisodesDoNotEndEarlyTheCellsAreEmpty() throws IOException {
    succeed(
        experiment("wander", "swimmer,walker", "--hidden=2", "--perturb=0.02", "--seeds=1", out()));
    List<CsvRows.Row> rows = CsvRows.read(file("runs.csv")).rows();
    assertEquals("", rows.get(0).cell("stochastic_upright_at_0.02"));
    assertEquals("", rows.get(0).cell("final_falls"));
    assertNotEquals("", rows.get(0).cell("final_stochastic_ratio"));
    assertNotEquals("", rows.get(1).cell("stochastic_upright_at_0.02"));
  }
}
