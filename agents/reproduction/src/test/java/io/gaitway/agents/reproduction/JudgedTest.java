package io.gaitway.agents.reproduction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written of the claims. */
class JudgedTest {
  @Test
  void cellsWithCommasQuotesAndBarsAreHarmless() {
    Claims.Claim claim = new Claims.Claim(1, "a, b", "say \"c\"", Verdict.DOES_NOT_HOLD, "d | e");
    Judged judged = new Judged(new Results(List.of()), Map.of(Runs.PAPER, List.of(claim)));
    assertEquals(
        """
        scale,preset,claim,verdict,text,rule,measured
        catalog,paper,1,does not hold,"a, b","say ""c\""",d | e
        """,
        judged.csv());
    assertTrue(judged.markdown().contains("\n| 1 | a, b | does not hold | d \\| e |\n"));
  }

  @Test
  void everyVariantIsJudgedByItself() {
    Judged judged = Judged.of(Runs.asInThePaper(6).results());
    assertEquals(List.of(Runs.PAPER), List.copyOf(judged.claims().keySet()));
    assertEquals(8, judged.json().get(0).get("claims").size());
    assertTrue(judged.markdown().contains("\n### walker, 10 hidden units, paper\n"));
  }

  /** What docs/reproduction.md says of the claims is what the rules say of the tables beside it. */
  @ParameterizedTest
  @ValueSource(strings = {"figure-catalog", "figure-scale", "figure-best"})
  void theVerdictsOnTheKeptTablesStand(String kept) throws IOException {
    Path folder = Path.of("../../docs/results", kept);
    List<Path> tables =
        IntStream.range(0, 10)
            .mapToObj(seed -> folder.resolve("seed-" + seed + ".csv.gz"))
            .toList();
    assertEquals(
        Files.readString(folder.resolve("claims.csv")),
        Judged.of(ResultsReader.read(tables)).csv());
  }
}
