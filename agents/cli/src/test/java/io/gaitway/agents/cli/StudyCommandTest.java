package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The study command. */
class StudyCommandTest {
  @TempDir Path folder = Path.of("unset");

  @Test
  void aStudyThatIsRunAgainOnlyMeasures() throws IOException {
    String[] args = {
      "study",
      "wander",
      "swimmer",
      "--hidden",
      "3",
      "--presets",
      "default",
      "--seeds",
      "2",
      "--iterations",
      "2",
      "--evaluation-rollouts",
      "3",
      "--out",
      folder.toString()
    };
    String first = succeed(args).out();
    byte[] policy = Files.readAllBytes(folder.resolve("default-h3-s1").resolve("policy.json"));
    assertEquals(first, succeed(args).out());
    assertArrayEquals(
        policy, Files.readAllBytes(folder.resolve("default-h3-s1").resolve("policy.json")));
    assertTrue(first.contains("| default | 3 | 1 | "), first);

    args[10] = "3";
    assertEquals(1, run(args).code());
  }

  @Test
  void runsAtTheSameTimeAreTheRunsOneByOne() throws IOException {
    String[] args = {
      "study",
      "wander",
      "walker",
      "--hidden=3",
      "--presets=default,paper",
      "--seeds=2",
      "--iterations=2",
      "--evaluation-rollouts=4",
      "--param=horizon=60",
      "--param=fall_height=0.75",
      "--set=stride=0.7",
      "--observe=angles",
      "--perturb=0.02",
      "--endurance=80",
      "--measure-param=friction=0.8,mass_scale=3",
      "--first-seed=20",
    };
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    succeed(with(args, "--out=" + one));
    Outcome together = succeed(with(args, "--jobs=2", "--out=" + two));
    String table = together.out();
    assertEquals(withoutSeconds(one), withoutSeconds(two));
    assertEquals(5, withoutSeconds(two).size());
    for (String name :
        List.of("default-h3-s20", "default-h3-s21", "paper-h3-s20", "paper-h3-s21")) {
      assertTrue(
          Pattern.compile("^" + name + "  2/2  DDP .*  falls \\d+/10  done", Pattern.MULTILINE)
              .matcher(together.err())
              .find(),
          together.err());
      assertArrayEquals(
          Files.readAllBytes(one.resolve(name).resolve("policy.json")),
          Files.readAllBytes(two.resolve(name).resolve("policy.json")));
      assertEquals(rolloutSteps(one.resolve(name)), rolloutSteps(two.resolve(name)));
      RunConfig config = new RunDirectory(two.resolve(name)).readConfig();
      assertEquals(0.7, config.settings().get("stride").asDouble());
      assertEquals(7, config.observation().size());
    }
    assertEquals(table, Files.readString(two.resolve("study.md")));
    assertTrue(table.contains(" seeds from 20, --observe angles, --param fall_height=0.75,"));
    assertTrue(
        table.contains(
            "| upright at 0.02, % | upright for 80 steps, % | upright with friction 0.8, %"
                + " | upright with mass_scale 3, % |"),
        table);

    // As after an interruption: one run is missing, the others are complete.
    RunDirectory missing = new RunDirectory(two.resolve("default-h3-s21"));
    byte[] policy = Files.readAllBytes(missing.policy());
    try (Stream<Path> files = Files.walk(missing.path())) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> assertTrue(file.toFile().delete()));
    }
    succeed(with(args, "--jobs=2", "--out=" + two));
    assertArrayEquals(policy, Files.readAllBytes(missing.policy()));
    assertEquals(withoutSeconds(one), withoutSeconds(two));

    run(with(args, "--observe=root_y", "--out=" + two))
        .assertFault(1, ".* has observation \\[root_angle, .*");
  }

  /** What the learner used up to each iteration, as the server that the runs shared counted it. */
  private static List<Long> rolloutSteps(Path run) throws IOException {
    return MetricsLog.read(new RunDirectory(run).metrics()).stream()
        .map(metrics -> metrics.usage().rolloutSteps())
        .toList();
  }

  private static List<String> withoutSeconds(Path study) throws IOException {
    return Files.readAllLines(study.resolve("study.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  private static Outcome succeed(String... args) {
    Outcome outcome = run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome;
  }
}
