package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code leaderboard}. */
@Timeout(180)
class LeaderboardCommandTest extends EvaluateFixture {
  @Test
  void theLeaderboardIsATableAFileAndAPage() throws Exception {
    Program.run("leaderboard", database());
    assertFalse(Files.exists(folder.resolve("evaluations.db")), "reading makes no file");
    String command = ControllerMain.commandLine("fine");
    evaluate(
        SUITE,
        "--controller-command=" + command,
        "--controller=still, \"water\"",
        "--description=<does> nothing",
        PATIENT);
    Path csv = folder.resolve("out").resolve("board.csv");
    Path html = folder.resolve("out").resolve("board.html");
    Program.Outcome outcome =
        Program.run("leaderboard", SUITE, database(), "--csv=" + csv, "--html=" + html);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.out().startsWith(SUITE + System.lineSeparator()), outcome.out());
    assertTrue(outcome.out().contains("still, \"water\""), outcome.out());
    List<String> lines = Files.readAllLines(csv);
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).contains(",1,\"still, \"\"water\"\"\",1.0,"), lines.get(1));
    assertTrue(lines.get(1).endsWith(",<does> nothing"), lines.get(1));
    String page = Files.readString(html);
    assertTrue(page.contains("<title>Leaderboard of swimmer-still</title>"));
    assertFalse(page.contains("<does>"), "data cannot end the script");
    assertFalse(page.contains("{{"), "all places are filled");
    Program.run("leaderboard", "none", database())
        .assertFault(Gaitway.USAGE, "there is no suite 'none'; known: .*");
    JsonNode json = Program.run("leaderboard", database(), "--json").json();
    assertEquals("still, \"water\"", json.at("/suites/0/evaluations/0/controller").asText());
  }
}
