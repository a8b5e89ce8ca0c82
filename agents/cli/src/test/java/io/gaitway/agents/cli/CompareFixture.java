package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.agents.cli.Program.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** What tests of the command {@code compare} share. */
abstract class CompareFixture {
  static final String[] SHORT = {
    "compare", "--iterations=3", "--evaluation-rollouts=4", "--param=horizon=30", "--seeds=2"
  };
  static final String[] SMALL =
      with(SHORT, "--agents=wander", "--environments=swimmer,walker", "--hidden=2,3");

  @TempDir Path folder = Path.of("unset");

  String out() {
    return "--out=" + folder.resolve("c");
  }

  Path file(String name) {
    return folder.resolve("c").resolve(name);
  }

  static Outcome succeed(String... args) {
    Outcome outcome = run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome;
  }

  static List<String> withoutSeconds(Path csv) throws IOException {
    return Files.readAllLines(csv).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }
}
