package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.table.CsvRows;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The paper's claims from the command line: a reader of tables. */
@Timeout(180)
class ReproduceCommandTest extends ExperimentFixture {
  private Path table(String name) {
    return folder.resolve(name).resolve("iterations.csv");
  }

  private Outcome reproduce(String... more) {
    return run(with(new String[] {"reproduce", "figure-1"}, more));
  }

  @Test
  void tablesOfExperimentsAreJoinedAndJudged() throws IOException {
    String[] task =
        experiment("wander", "swimmer", "--hidden=2", "--presets=paper", "--scale=figure");
    succeed(with(task, "--out=" + folder.resolve("a")));
    succeed(but(with(task, "--out=" + folder.resolve("b")), "--seeds=1-3"));
    Path out = folder.resolve("judged");
    Outcome outcome =
        reproduce(table("a").toString(), folder.resolve("b").toString(), "--out=" + out);
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(
        outcome
            .out()
            .startsWith(
                "What the paper says, with preset paper, scale figure, horizon 30:\n"
                    + "  1  not measured  VGPS"),
        outcome.out());
    List<CsvRows.Row> claims = CsvRows.read(out.resolve("claims.csv")).rows();
    assertEquals(8, claims.size());
    assertEquals("figure", claims.get(0).cell("scale"));
    assertEquals("30", claims.get(0).cell("param.horizon"));
    assertEquals("not measured", claims.get(6).cell("verdict"));
    // Seeds 0 and 1, and 1 to 3: the one that both have counts once.
    assertTrue(Files.readString(out.resolve("tables.md")).contains("| paper | 4 | 0 |"));

    assertTrue(outcome.out().endsWith("\nTables: " + out.resolve("tables.md") + "\n"));
  }

  /** Beside a table there may be what was judged of it before, and committed. */
  @Test
  void nothingIsWrittenWithoutOut() throws IOException {
    succeed(experiment("wander", "swimmer", "--hidden=2", "--out=" + folder.resolve("a")));
    Path kept = Files.createDirectory(folder.resolve("kept"));
    Path compressed = kept.resolve("iterations.csv.gz");
    try (OutputStream content = new GZIPOutputStream(Files.newOutputStream(compressed))) {
      Files.copy(table("a"), content);
    }
    JsonNode json = reproduce(kept.toString(), "--json").json();
    assertEquals(2, json.get("runs").asInt());
    assertEquals(7, json.at("/variants/0/claims/6/number").asInt());
    assertFalse(json.has("directory"));
    assertFalse(reproduce(table("a").toString()).out().contains("Claims: "));
    assertArrayEquals(new String[] {"iterations.csv.gz"}, kept.toFile().list());
    assertFalse(Files.exists(folder.resolve("a/claims.csv")));
  }

  @Test
  void whatIsNoTableOrContradictsIsToldInALine() throws IOException {
    succeed(experiment("wander", "swimmer", "--hidden=2", "--out=" + folder.resolve("a")));
    Path other = folder.resolve("other.csv");
    String text = Files.readString(table("a"));
    String ratio = text.lines().skip(3).findFirst().orElseThrow();
    String[] cells = ratio.split(",", -1);
    Files.writeString(other, text.replace("," + cells[12] + ",", ",77.5,"));
    reproduce(table("a").toString(), other.toString())
        .assertFault(
            1, ".*other.csv, row 4 contradicts .*, row 4: \\w+_cost is 77.5, not .*; leave .*");
    reproduce(folder.resolve("none.csv").toString()).assertFault(1, ".*none.csv does not exist");
    Files.writeString(other, "a,b\n1,2\n");
    reproduce(other.toString())
        .assertFault(
            1, ".*other.csv has no column 'agent'; it must be an experiment's iterations.csv");
    Path damaged = Files.writeString(folder.resolve("damaged.csv.gz"), text);
    reproduce(damaged.toString())
        .assertFault(1, ".*damaged.csv.gz is not compressed by gzip, as its name says");
    reproduce(table("a").toString(), "--out=" + damaged)
        .assertFault(1, ".*damaged.csv.gz is a file; name another directory with --out");
    run("reproduce", "figure-2", "x")
        .assertFault(
            2, "WHAT must be figure-1, but is 'figure-2' \\(did you mean 'figure-1'\\?\\); .*");
    run("reproduce", "figure-1").assertFault(2, "Missing required parameter: 'TABLE'; see .*");
  }
}
