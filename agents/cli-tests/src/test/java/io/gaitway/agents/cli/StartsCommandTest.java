package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.table.CsvRows;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One policy for several starts, from the command line. */
class StartsCommandTest {
  private static final List<Start> STARTS =
      List.of(
          new Start(Map.of("target_speed", 0.25), null),
          new Start(Map.of("target_speed", 0.75), 3),
          new Start(Map.of(), 5));

  @TempDir Path folder = Path.of("unset");

  private Path starts = Path.of("unset");

  @BeforeEach
  void writeStarts() throws IOException {
    starts = folder.resolve("starts.json");
    Files.writeString(
        starts,
        """
        {"starts": [
          {"parameters": {"target_speed": 0.25}},
          {"parameters": {"target_speed": 0.75}, "step": 3},
          {"step": 5}]}
        """);
  }

  private String[] vgps(String command, String out) {
    return new String[] {
      command,
      "vgps",
      "swimmer",
      "--param=horizon=20",
      "--iterations=2",
      "--set=padding=0",
      "--set=first_fit_iterations=8",
      "--set=validation=2",
      "--hidden=3",
      "--starts=" + starts,
      "--observe=all,target_speed",
      "--out=" + folder.resolve(out)
    };
  }

  @Test
  void aRunTrainsFromAllStartsAndSaysSo() throws IOException {
    Outcome outcome = run(vgps("train", "run"));
    assertEquals(0, outcome.code(), outcome.err());
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    assertEquals(STARTS, run.readConfig().starts());
    assertEquals("target_speed", run.readConfig().observation().get(0));
    IterationMetrics last = MetricsLog.read(run.metrics()).get(1);
    assertEquals(STARTS.size(), last.starts().size());
    assertEquals(10 * STARTS.size(), last.stochasticCosts().size());
    double mean =
        last.starts().stream()
            .mapToDouble(IterationMetrics.StartMetrics::ddpCost)
            .average()
            .orElseThrow();
    assertEquals(mean, last.ddpCost(), 1e-12);
    assertEquals(3, last.starts().stream().map(start -> start.ddpCost()).distinct().count());
    PolicyFile policy = PolicyFile.read(run.policy());
    assertEquals(3, policy.formatVersion());
    assertEquals(List.of("target_speed"), policy.policy().controller().parameters());

    String[] resume = {"train", "--resume", run.path().toString()};
    assertEquals(0, run(with(resume, "--starts=" + starts)).code());
    Files.writeString(starts, "{\"starts\": [{\"step\": 5}]}");
    run(with(resume, "--starts=" + starts)).assertFault(2, ".*--starts .*");

    String onnx = folder.resolve("p.onnx").toString();
    String[] export = {"export", run.path().toString(), "--onnx", onnx};
    run(export)
        .assertFault(
            2,
            ".*the policy reads the parameter target_speed; give its value with --param"
                + " target_speed=VALUE");
    run(with(export, "--param=dt=1"))
        .assertFault(2, ".*--param has 'dt', but the policy reads target_speed alone");
    assertEquals(0, run(with(export, "--param=target_speed=0.5")).code());
  }

  @Test
  void anExperimentMeasuresFromOtherStarts() throws IOException {
    Path measured = folder.resolve("measured.json");
    Files.writeString(
        measured, "{\"starts\": [{\"parameters\": {\"target_speed\": 0.5}, \"step\": 2}, {}]}");
    String[] more = {
      "--seeds=2", "--evaluation-rollouts=3", "--final-rollouts=3", "--measure-starts=" + measured
    };
    String[] args = with(vgps("experiment", "e"), more);
    Outcome outcome = run(args);
    assertEquals(0, outcome.code(), outcome.err());
    List<CsvRows.Row> rows = CsvRows.read(folder.resolve("e/starts.csv")).rows();
    assertEquals(2 * 2, rows.size());
    assertEquals("target_speed 0.5, step 2", rows.get(0).cell("start"));
    assertEquals("mean initial state", rows.get(3).cell("start"));
    try (Stream<Path> files = Files.list(folder.resolve("e"))) {
      Path file =
          files
              .filter(each -> each.getFileName().toString().matches("starts-.*\\.json"))
              .findFirst()
              .orElseThrow();
      assertEquals(10, Json.MAPPER.readTree(file.toFile()).at("/starts/0/state").size());
    }
    assertTrue(outcome.out().contains("| target_speed 0.5, step 2 |"), outcome.out());
    // The same again, from what is there.
    assertEquals(outcome.out(), run(args).out());
  }

  @Test
  void whatCannotBeTrainedIsRefused() throws IOException {
    run("train", "dagger", "swimmer", "--starts=" + starts)
        .assertFault(2, ".*dagger trains from the environment's own start, .*");
    run("train", "vgps", "swimmer", "--observe=all,target_speed")
        .assertFault(2, ".*'target_speed', which is the same in all starts; .*");
    for (String[] fault :
        new String[][] {
          {"{\"starts\": []}", ".*starts must have 1 to 1000 entries, but has 0"},
          {"{\"starts\": [{}, {\"step\": null}]}", ".*starts\\[1\\] is the same as starts\\[0\\]"},
          {"{\"starts\": [{\"step\": -1}]}", ".*step must be between 0 and 10000, but is -1"},
          {"{\"starts\": [{\"phase\": 1}]}", ".*unknown field 'starts\\[0\\]\\.phase'"},
          {"[]", ".*not a JSON object"}
        }) {
      Files.writeString(starts, fault[0]);
      run("train", "vgps", "swimmer", "--starts=" + starts).assertFault(1, fault[1]);
    }
    Files.writeString(starts, "{\"starts\": [{\"parameters\": {\"wind\": 1}}]}");
    run("train", "vgps", "swimmer", "--starts=" + starts)
        .assertFault(2, ".*a start has the parameter 'wind', which swimmer does not have; .*");
    run("experiment", "vgps", "swimmer", "--measure-starts=" + starts)
        .assertFault(2, ".*--measure-starts goes with --starts.*");
  }
}
