package io.gaitway.agents.reproduction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsReader;
import io.gaitway.agents.table.CsvRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is written of the claims. */
class JudgedTest {
  private static final Path FIGURE_1 = Path.of("../../docs/results/figure-1");

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

  /**
   * The table of 2026-11-25, from before there were columns of state and scale, gives the verdicts
   * of then. Interquartile means were taken with fractions of runs then, so that factors of them
   * differ a little.
   */
  @Test
  void theVerdictsOnTheKeptTableStand() throws IOException {
    Judged judged = Judged.of(ResultsReader.read(List.of(FIGURE_1.resolve("iterations.csv.gz"))));
    assertEquals(2, judged.claims().size());
    CsvRows kept = CsvRows.read(FIGURE_1.resolve("claims.csv"));
    assertEquals(16, kept.rows().size());
    for (CsvRows.Row row : kept.rows()) {
      Map<String, String> cells = row.cells();
      Claims.Claim claim =
          judged.claims().entrySet().stream()
              .filter(each -> each.getKey().preset().equals(cells.get("preset")))
              .map(each -> each.getValue().get(Integer.parseInt(cells.get("claim")) - 1))
              .findFirst()
              .orElseThrow();
      assertEquals(cells.get("verdict"), claim.verdict().words(), claim::text);
      if (claim.number() != 4 && claim.number() != 6) {
        assertEquals(cells.get("measured"), claim.measured());
      }
    }
  }
}
