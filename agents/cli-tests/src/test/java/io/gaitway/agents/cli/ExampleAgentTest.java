package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.cli.Program.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent that CONTRIBUTING.md shows to those who add one. */
class ExampleAgentTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/gaitway/agents/examples/RandomSearch.java");
  private static final Path CONTRIBUTING = Path.of("../../CONTRIBUTING.md");

  @TempDir Path folder;

  private Outcome train(String name, int iterations) {
    return run(
        "train",
        "random-search",
        "swimmer",
        "--hidden=3",
        "--iterations=" + iterations,
        "--param=horizon=60",
        "--out=" + folder.resolve(name),
        "--json");
  }

  @Test
  void itIsListedAndDescribed() {
    assertTrue(run("agents").out().contains("random-search"));
    assertTrue(run("agents", "random-search").out().contains("Changes tried per iteration"));
  }

  @Test
  void itLearns() throws IOException {
    JsonNode first = train("short", 1).json();
    JsonNode later = train("long", 30).json();
    double before = first.get("deterministic_cost").doubleValue();
    double after = later.get("deterministic_cost").doubleValue();
    assertTrue(after < 0.9 * before, before + " became " + after);
    assertTrue(Files.exists(folder.resolve("long").resolve("report.html")));
  }

  /** What the page shows is what the test runs. */
  @Test
  void thePageShowsTheSource() throws IOException {
    String source = Files.readString(SOURCE);
    Matcher blocks =
        Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(CONTRIBUTING));
    int found = 0;
    while (blocks.find()) {
      assertTrue(source.contains(blocks.group(1)), "not in the source:\n" + blocks.group(1));
      found++;
    }
    assertEquals(2, found);
  }
}
