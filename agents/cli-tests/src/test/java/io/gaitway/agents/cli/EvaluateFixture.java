package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.with;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** What tests of the command {@code evaluate} share. */
abstract class EvaluateFixture {
  static final String SUITE = "swimmer-still";

  /** A Java program may take seconds for its first answer where the machine is busy. */
  static final String PATIENT = "--deadline=100";

  @TempDir Path folder = Path.of("unset");

  String database() {
    return "--database=" + folder.resolve("evaluations.db");
  }

  Program.Outcome evaluate(String... args) {
    return Program.run(with(new String[] {"evaluate", database()}, args));
  }

  Program.Outcome agent(String manner, String... args) {
    String command = ControllerMain.commandLine(manner.split(":", -1));
    return evaluate(
        with(
            new String[] {SUITE, "--controller-command=" + command, "--controller=" + manner},
            args));
  }

  Path log(String id) {
    return folder.resolve("evaluation-" + id.substring(0, 8) + ".log");
  }

  static List<Integer> beginnings(JsonNode result) {
    List<Integer> values = new ArrayList<>();
    result.get("episodes").forEach(episode -> values.add(episode.get("beginnings").asInt()));
    return values;
  }
}
