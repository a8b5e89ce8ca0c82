package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests with agents in processes of their own share. */
abstract class AgentProgramFixture {
  static final String[] SHORT = {
    "swimmer", "--iterations=3", "--param=horizon=20", "--hidden=3", "--checkpoint-interval=0"
  };

  @TempDir Path folder = Path.of("unset");

  @AfterEach
  void nothingIsLeftRunning() {
    List<ProcessHandle> left = ProcessHandle.current().descendants().toList();
    assertEquals(List.of(), left);
  }

  String out(String name) {
    return "--out=" + folder.resolve(name);
  }

  RunDirectory directory(String name) {
    return new RunDirectory(folder.resolve(name));
  }

  /** Trains an agent of a command line for three short iterations. */
  Outcome train(String name, String agent, String... more) {
    return run(with(with(new String[] {"train", "--agent", agent, out(name)}, SHORT), more));
  }

  static Outcome succeed(String... args) {
    Outcome outcome = run(args);
    assertSuccess(outcome);
    return outcome;
  }

  static void assertSuccess(Outcome outcome) {
    assertEquals(0, outcome.code(), outcome.err());
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
