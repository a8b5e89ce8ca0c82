package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.table.CsvRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** What tests of the command {@code experiment} share. */
abstract class ExperimentFixture {
  /** Three iterations of two seeds. */
  static final String[] SHORT = {
    "--iterations=3", "--evaluation-rollouts=4", "--param=horizon=30", "--seeds=2"
  };

  @TempDir Path folder = Path.of("unset");

  static String[] experiment(String agents, String environments, String... more) {
    return but(with(new String[] {"experiment", agents, environments}, SHORT), more);
  }

  /** The command line with options in place of those of the same name. */
  static String[] but(String[] args, String... more) {
    List<String> names = Stream.of(more).map(each -> each.split("=", 2)[0]).toList();
    Stream<String> kept = Stream.of(args).filter(each -> !names.contains(each.split("=", 2)[0]));
    return with(kept.toArray(String[]::new), more);
  }

  String out() {
    return "--out=" + folder.resolve("e");
  }

  Path file(String name) {
    return folder.resolve("e").resolve(name);
  }

  /** A short run's directory below that of its agent. */
  static String name(String start, int seed) {
    return start + "-param.horizon=30-s" + seed;
  }

  static Outcome succeed(String... args) {
    Outcome outcome = run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome;
  }

  /** A table without what differs from time to time. */
  static List<Map<String, String>> timeless(Path csv) throws IOException {
    return CsvRows.read(csv).rows().stream()
        .filter(row -> !row.cells().getOrDefault("statistic", "").startsWith("seconds"))
        .map(
            row -> {
              Map<String, String> cells = new TreeMap<>(row.cells());
              cells.remove("seconds");
              return cells;
            })
        .toList();
  }

  /** All tables of two experiments are the same but for times. */
  static void assertSameTables(Path one, Path other) throws IOException {
    for (String name : List.of("iterations.csv", "runs.csv", "summary.csv")) {
      assertEquals(timeless(one.resolve(name)), timeless(other.resolve(name)), name);
    }
  }
}
