package io.gaitway.agents.reproduction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.results.Results;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The paper's claims on invented runs: one change of the runs changes one claim's verdict. */
class ClaimsTest {
  private static final int SEEDS = 10;

  private static List<Claims.Claim> judge(Runs runs) {
    return Claims.judge(runs.results(), Runs.PAPER);
  }

  @Test
  void allHoldWhereRunsAreAsThePaperSays() {
    List<Claims.Claim> claims = judge(Runs.asInThePaper(SEEDS));
    assertEquals(
        IntStream.rangeClosed(1, 8).boxed().toList(),
        claims.stream().map(Claims.Claim::number).toList());
    claims.forEach(claim -> assertEquals(Verdict.HOLDS, claim.verdict(), claim::measured));
    assertEquals(
        "cost-weighted on walker h10, either policy: 0 of 10 seeds succeed [0 %, 28 %] (holds);"
            + " cost-weighted on walker h5, either policy: 0 of 10 seeds succeed [0 %, 28 %]"
            + " (holds)",
        claims.get(6).measured());
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change(1, Verdict.DOES_NOT_HOLD, runs -> runs.put("vgps", "swimmer", 5, 1, 2, 1)),
        change(1, Verdict.UNDECIDED, runs -> runs.mix("vgps", "swimmer", 5, 1, 9)),
        // Early success on three tasks of four is more than half of them.
        change(
            1,
            Verdict.DOES_NOT_HOLD,
            runs -> runs.put("vgps", "walker", 3, 1, 1).put("vgps", "swimmer", 5, 3, 1, 1)),
        // Slow, if successful: faster only than those that never are.
        change(
            1,
            Verdict.DOES_NOT_HOLD,
            runs -> {
              runs.put("vgps", "swimmer", 10, 1.1, 1.1).put("vgps", "walker", 10, 1.1, 1.1);
              Claims.METHODS.subList(1, 8).forEach(other -> runs.put(other, "swimmer", 9, 1, 1));
              Claims.METHODS.subList(1, 8).forEach(other -> runs.put(other, "walker", 9, 1, 1));
            }),
        change(1, Verdict.NOT_MEASURED, runs -> runs.remove("dagger", "walker", 5)),
        change(2, Verdict.DOES_NOT_HOLD, runs -> runs.put("gps", "swimmer", 10, 7, 1, 1)),
        change(2, Verdict.UNDECIDED, runs -> runs.mix("gps", "swimmer", 10, 1, 9)),
        change(2, Verdict.NOT_MEASURED, runs -> runs.remove("gps", "swimmer", 10)),
        change(3, Verdict.DOES_NOT_HOLD, runs -> runs.put("gps", "walker", 5, 1, 8, 1)),
        change(3, Verdict.DOES_NOT_HOLD, runs -> runs.put("gps", "walker", 10, 1, 8, 8)),
        change(3, Verdict.UNDECIDED, runs -> runs.put("gps", "walker", 10, 1, 1, 1)),
        change(3, Verdict.UNDECIDED, runs -> runs.mix("gps", "walker", 5, 1, 9)),
        change(3, Verdict.NOT_MEASURED, runs -> runs.remove("gps", "walker", 5)),
        change(
            4,
            Verdict.DOES_NOT_HOLD,
            runs -> runs.put("adapted-gps", "walker", 1, 8, 8).put("gps", "walker", 1, 7, 7)),
        change(4, Verdict.DOES_NOT_HOLD, runs -> runs.put("adapted-gps", "walker", 5, 1, 1, 1)),
        change(4, Verdict.UNDECIDED, runs -> runs.mix("adapted-gps", "walker", 5, 1, 9)),
        change(4, Verdict.NOT_MEASURED, runs -> runs.remove("adapted-gps", "swimmer", 5)),
        change(5, Verdict.DOES_NOT_HOLD, runs -> runs.put("dagger", "swimmer", 5, 1, 1, 1)),
        change(
            5, Verdict.DOES_NOT_HOLD, runs -> runs.put("weighted-dagger", "swimmer", 5, 1, 2, 1)),
        change(
            5, Verdict.DOES_NOT_HOLD, runs -> runs.put("weighted-dagger", "walker", 10, 1, 1, 1)),
        change(5, Verdict.UNDECIDED, runs -> runs.mix("dagger", "walker", 10, 1, 9)),
        change(5, Verdict.NOT_MEASURED, runs -> runs.remove("weighted-dagger", "walker", 10)),
        change(
            6,
            Verdict.DOES_NOT_HOLD,
            runs ->
                runs.put("adapted-dagger", "swimmer", 1, 1, 1)
                    .put("adapted-dagger", "walker", 1, 2, 2)),
        change(
            6,
            Verdict.UNDECIDED,
            runs ->
                runs.put("adapted-dagger", "swimmer", 8, 1.2, 1.1)
                    .put("adapted-dagger", "walker", 10, 8, 6, 1.2)
                    .put("adapted-dagger", "walker", 5, 8, 7, 7)),
        change(6, Verdict.NOT_MEASURED, runs -> runs.remove("adapted-dagger", "walker", 5)),
        change(7, Verdict.DOES_NOT_HOLD, runs -> runs.put("cost-weighted", "walker", 5, 1, 8, 1)),
        change(7, Verdict.UNDECIDED, runs -> runs.mix("cost-weighted", "walker", 5, 1, 9)),
        change(7, Verdict.NOT_MEASURED, runs -> runs.remove("cost-weighted", "walker", 10)),
        change(8, Verdict.DOES_NOT_HOLD, runs -> runs.put("cost-weighted-1000", "walker", 1, 1, 8)),
        change(8, Verdict.UNDECIDED, runs -> runs.mix("cost-weighted-1000", "walker", 10, 1, 9)),
        change(8, Verdict.NOT_MEASURED, runs -> runs.remove("cost-weighted-1000", "walker", 5)));
  }

  private static Arguments change(int claim, Verdict expected, Consumer<Runs> change) {
    return Arguments.of(claim, expected, change);
  }

  @ParameterizedTest
  @MethodSource("changes")
  void aChangeOfTheRunsChangesTheVerdict(int claim, Verdict expected, Consumer<Runs> change) {
    Runs runs = Runs.asInThePaper(SEEDS);
    change.accept(runs);
    Claims.Claim judged = judge(runs).get(claim - 1);
    assertEquals(expected, judged.verdict(), judged::measured);
  }

  /** One run too few: what is left of them still decides nothing. */
  static Stream<Arguments> missing() {
    return Stream.of(
        change(1, Verdict.NOT_MEASURED, runs -> runs.leave(9, "vgps", "walker", 5)),
        change(1, Verdict.NOT_MEASURED, runs -> runs.leave(9, "dagger", "walker", 5)),
        change(2, Verdict.NOT_MEASURED, runs -> runs.leave(9, "gps", "swimmer", 10)),
        change(3, Verdict.NOT_MEASURED, runs -> runs.leave(9, "gps", "walker", 10)),
        change(4, Verdict.NOT_MEASURED, runs -> runs.leave(9, "gps", "swimmer", 5)),
        change(5, Verdict.NOT_MEASURED, runs -> runs.leave(9, "dagger", "swimmer", 5)),
        change(6, Verdict.NOT_MEASURED, runs -> runs.leave(0, "adapted-dagger", "walker", 5)),
        change(7, Verdict.NOT_MEASURED, runs -> runs.leave(9, "cost-weighted", "walker", 5)),
        change(8, Verdict.HOLDS, runs -> runs.leave(9, "cost-weighted-1000", "swimmer", 5)),
        // The other part makes them superfluous.
        change(
            8,
            Verdict.DOES_NOT_HOLD,
            runs ->
                runs.put("cost-weighted-1000", "walker", 5, 1, 8, 1)
                    .leave(9, "cost-weighted-1000", "walker", 10)));
  }

  @ParameterizedTest
  @MethodSource("missing")
  void missingRunsAreNotPassedOver(int claim, Verdict expected, Consumer<Runs> change) {
    aChangeOfTheRunsChangesTheVerdict(claim, expected, change);
  }

  @Test
  void whatThereIsOfAnIncompleteGroupIsTold() {
    Runs runs =
        Runs.asInThePaper(SEEDS)
            .leave(8, "cost-weighted", "walker", 5)
            .leave(9, "vgps", "swimmer", 10)
            .leave(6, "adapted-dagger", "walker", 5)
            .leave(5, "weighted-dagger", "walker", 10);
    List<Claims.Claim> claims = judge(runs);
    String sentence =
        "; cost-weighted on walker h5, either policy: 0 of 8 seeds succeed [0 %, 32 %], 8 of 10"
            + " planned runs are there (not measured)";
    assertTrue(claims.get(6).measured().endsWith(sentence), claims.get(6)::measured);
    sentence =
        "; of 28 pairs of another method and a task vgps is faster in 26, slower in 2, without runs"
            + " in 0, 308 of 320 planned runs are there (not measured); ";
    assertTrue(claims.get(0).measured().contains(sentence), claims.get(0)::measured);
    sentence =
        " times as much as weighted-dagger, geometric mean over 4 tasks, 71 of 80 planned runs are"
            + " there";
    assertTrue(claims.get(5).measured().endsWith(sentence), claims.get(5)::measured);
    assertEquals(Verdict.NOT_MEASURED, claims.get(5).verdict());
  }

  @Test
  void divergedRunsAreTheWorst() {
    double never = Double.POSITIVE_INFINITY;
    Runs runs = Runs.asInThePaper(SEEDS);
    runs.put("adapted-dagger", "swimmer", 1, never, never);
    runs.put("adapted-dagger", "walker", 1, never, never);
    Claims.Claim judged = judge(runs).get(5);
    assertEquals(Verdict.HOLDS, judged.verdict());
    assertEquals(
        "adapted-dagger costs ∞ [∞, ∞] times as much as weighted-dagger, geometric mean over 4"
            + " tasks",
        judged.measured());
    // Where both diverge there is no difference.
    runs.put("weighted-dagger", "swimmer", 1, never, never);
    runs.put("weighted-dagger", "walker", 1, never, never);
    assertEquals(Verdict.UNDECIDED, judge(runs).get(5).verdict());
  }

  /** Pooled over the tasks, the quarter of the runs that diverges would be cut off. */
  @Test
  void whatDivergesOnOneTaskIsNotBetter() {
    double never = Double.POSITIVE_INFINITY;
    Runs runs = Runs.asInThePaper(SEEDS);
    runs.put("adapted-dagger", "swimmer", 1, 1, 1).put("adapted-dagger", "walker", 1, 2, 2);
    assertEquals(Verdict.DOES_NOT_HOLD, judge(runs).get(5).verdict());
    runs.put("adapted-dagger", "swimmer", 5, 1, never, never);
    Claims.Claim judged = judge(runs).get(5);
    assertEquals(Verdict.HOLDS, judged.verdict(), judged::measured);
  }

  @Test
  void fewSeedsDecideNoComparison() {
    List<Claims.Claim> claims = judge(Runs.asInThePaper(4));
    assertEquals(Verdict.UNDECIDED, claims.get(5).verdict());
    assertTrue(claims.get(5).measured().endsWith("from fewer than 5 seeds"));
    assertEquals(Verdict.UNDECIDED, claims.get(0).verdict());
  }

  @Test
  void otherPresetsHaveNoPart() {
    Results results = Runs.asInThePaper(SEEDS).results();
    Variant other = new Variant("catalog", "default", new TreeMap<>(), new TreeMap<>());
    Claims.judge(results, other)
        .forEach(claim -> assertEquals(Verdict.NOT_MEASURED, claim.verdict()));
  }
}
