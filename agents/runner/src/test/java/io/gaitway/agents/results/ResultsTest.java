package io.gaitway.agents.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Results of runs: statistics, tables, and what comes of reading them. */
class ResultsTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;
  private static final double DDP = 100;
  private static final Group SWIMMER = group("vgps", "swimmer", Map.of());
  private static final Group WALKER = group("vgps", "walker", Map.of());

  @TempDir Path folder = Path.of("unset");

  private static Group group(String agent, String environment, Map<String, String> settings) {
    return new Group(
        new Method(agent, "default", new TreeMap<>(settings)),
        new GroupTask(environment, "catalog", Architecture.of(5), new TreeMap<>()));
  }

  /** Iterations of the swimmer with these costs relative to DDP; seconds go as the number. */
  private static List<Step> steps(double... ratios) {
    List<Step> steps = new ArrayList<>();
    for (double ratio : ratios) {
      int iteration = steps.size() + 1;
      steps.add(
          new Step(
              iteration,
              ratio * DDP,
              DDP,
              null,
              1,
              Success.of(1, ratio, false),
              true,
              100L * iteration,
              10L * iteration,
              iteration));
    }
    return steps;
  }

  private static RunResult run(Group group, long seed, double... ratios) {
    return RunResult.complete(group, "default", seed, DDP, steps(ratios));
  }

  @Test
  void successCountsFromWhenItStays() {
    assertEquals(2, run(SWIMMER, 0, 9, 9, 1.3, 1).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(3, run(SWIMMER, 0, 1, 1, 1.31, 1).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(4, run(SWIMMER, 0, 1, 1, 1, 2).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(0, run(SWIMMER, 0, 1, 1, 1, 1).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(0, run(SWIMMER, 0, 9, 9).successFrom(PolicyKind.DETERMINISTIC));
  }

  /** Where episodes can end early the average cost, dear as falls are, decides nothing. */
  @Test
  void halfOfTheRolloutsHaveToSucceed() {
    assertTrue(Success.of(0.5, 9, true));
    assertFalse(Success.of(0.45, 1, true));
    assertTrue(Success.of(0.5, 1.3, false));
    assertFalse(Success.of(0.5, 1.31, false));
    assertFalse(Success.of(0.4, 1, false));
  }

  @Test
  void seedsThatNeverSucceedCountAsInfinitelyLate() {
    List<RunResult> runs = new ArrayList<>();
    runs.add(run(SWIMMER, 0, 9, 1, 1));
    runs.add(run(SWIMMER, 1, 9, 9, 1));
    assertEquals(
        new UntilSuccess(2.5, 2.5, 250.0, 25.0, 0), UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
    runs.add(run(SWIMMER, 2, 9, 9, 9));
    assertEquals(
        new UntilSuccess(3, 3, 300.0, 30.0, 1), UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
    runs.add(run(SWIMMER, 3, 9, 1, 9));
    assertEquals(
        new UntilSuccess(NEVER, NEVER, NEVER, NEVER, 2),
        UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
  }

  @Test
  void aSummaryIsOfTheCompleteRuns() {
    List<RunResult> runs = new ArrayList<>();
    runs.add(run(SWIMMER, 3, 9, NEVER));
    runs.add(run(SWIMMER, 1, 5, 1.1));
    runs.add(run(SWIMMER, 0, 2, 1.2));
    runs.add(run(SWIMMER, 2, 1, 1));
    runs.add(RunResult.failed(SWIMMER, "default", 4, "a knee broke"));
    runs.add(RunResult.missing(WALKER, "default", 0));
    Results results = new Results(runs);
    assertEquals(5, results.planned(SWIMMER));
    assertEquals(1, results.failed(SWIMMER));
    assertEquals(0, results.planned(group("gps", "swimmer", Map.of())));
    assertNull(results.summary(WALKER));
    @Nullable Summary summary = results.summary(SWIMMER);
    assertNotNull(summary);
    assertEquals(
        List.of(0L, 1L, 2L, 3L), results.runs(SWIMMER).stream().map(RunResult::seed).toList());
    Summary.Policies policies = summary.of(PolicyKind.STOCHASTIC);
    assertEquals(350, results.curve(SWIMMER, PolicyKind.STOCHASTIC).get(0).estimate());
    assertEquals(NEVER, results.curve(SWIMMER, PolicyKind.STOCHASTIC).get(1).upper());
    assertEquals(1.15, policies.ratio().estimate(), 1e-12);
    assertEquals(new Proportion(3, 4), policies.success());
    assertEquals(1, policies.until().never());
    assertSame(summary, results.next(runs).summary(SWIMMER));
    runs.set(4, run(SWIMMER, 4, 1, 1));
    @Nullable Summary more = results.next(runs).summary(SWIMMER);
    assertNotNull(more);
    assertEquals(5, more.seeds());
  }

  private Path write(String name, Results results) throws IOException {
    return Files.writeString(folder.resolve(name), ResultsCsv.iterations(results));
  }

  private static Results some() {
    Group odd = group("=agent", "walker", Map.of("kappa", "1.5", "start", "@home"));
    Step fallen = new Step(1, NEVER, 1e-300, 0.1 + 0.2, 1 / 3.0, false, true, 7, 0, 0.25);
    return new Results(
        List.of(
            run(SWIMMER, 0, 9, 1.1),
            RunResult.complete(odd, "small", 0, 1 / 3.0, List.of(fallen)),
            RunResult.missing(WALKER, "default", 0),
            run(SWIMMER, 7, 3, NEVER),
            RunResult.failed(odd, "small", 7, "a knee broke")));
  }

  @Test
  void aTableThatIsReadIsTheTableThatWasWritten() throws IOException {
    Results results = some();
    Path file = write("iterations.csv", results);
    List<String> lines = Files.readAllLines(file);
    assertEquals(
        "agent,environment,scale,hidden,preset,settings,set.kappa,set.start,seed,state,iteration,"
            + "ddp_cost,stochastic_cost,deterministic_cost,stochastic_ratio,deterministic_ratio,"
            + "falls,success_share,stochastic_success,deterministic_success,samples,derivatives,"
            + "seconds",
        lines.get(0));
    assertEquals(
        "vgps,swimmer,catalog,5,default,default,,,0,complete,2,100.0,110.00000000000001,100.0,"
            + "1.1,1.0,,1.0,1,1,200,20,2.0",
        lines.get(2));
    assertEquals(
        "'=agent,walker,catalog,5,default,small,1.5,'@home,0,complete,1,0.3333333333333333,"
            + "Infinity,1.0E-300,Infinity,3.0E-300,0.30000000000000004,0.3333333333333333,0,1,7,0,"
            + "0.25",
        lines.get(3));
    assertEquals("vgps,walker,catalog,5,default,default,,,0,missing,0,,,,,,,,,,,,", lines.get(4));
    Results read = ResultsReader.read(List.of(file));
    assertEquals(ResultsCsv.iterations(results), ResultsCsv.iterations(read));
    assertEquals(results.all().get(1), read.all().get(1));

    Path zipped = folder.resolve("iterations.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write(Files.readAllBytes(file));
    }
    assertEquals(read.all(), ResultsReader.read(List.of(zipped)).all());
  }

  @Test
  void tablesAreJoinedAndTheSameRowsAgree() throws IOException {
    Path all = write("all.csv", some());
    Results some = new Results(some().all().subList(0, 1));
    // What took longer elsewhere is the same; and what is complete in one table is complete.
    Path part = folder.resolve("part.csv");
    Files.writeString(part, ResultsCsv.iterations(some).replace("200,20,2.0", "200,20,77.0"));
    Path more = write("more.csv", new Results(List.of(run(WALKER, 0, 1, 1))));
    Results read = ResultsReader.read(List.of(part, all, more));
    assertEquals(5, read.all().size());
    assertEquals(1, read.runs(WALKER).size());
    assertEquals(5, ResultsReader.read(List.of(more, all, all)).all().size());
  }

  private void assertFault(String expected, Path... files) {
    IOException fault = assertThrows(IOException.class, () -> ResultsReader.read(List.of(files)));
    assertEquals(expected.replace("FOLDER", folder.toString()), fault.getMessage());
  }

  @Test
  void tablesThatContradictAreErrors() throws IOException {
    Path one = write("one.csv", new Results(List.of(run(SWIMMER, 0, 9, 1.5))));
    Path two = write("two.csv", new Results(List.of(run(SWIMMER, 1, 9), run(SWIMMER, 0, 9, 1.25))));
    assertFault(
        "FOLDER/two.csv, row 4 contradicts FOLDER/one.csv, row 3: stochastic_cost is 125.0, not"
            + " 150.0; leave one of the tables out",
        one,
        two);
  }

  @Test
  void whatIsNoTableIsRefused() throws IOException {
    Path file = write("one.csv", new Results(List.of(run(SWIMMER, 0, 9, 1.5))));
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Files.writeString(file, text.replace("900.0", "9oo"));
    assertFault("FOLDER/one.csv, row 2: stochastic_cost must be a number, but is '9oo'", file);
    Files.writeString(file, text.replace(",complete,2,", ",complete,3,"));
    assertFault(
        "FOLDER/one.csv: the run of vgps, default on swimmer, 5 hidden units with seed 0 does not"
            + " have every iteration from 1 to 3",
        file);
    Files.writeString(file, text.replace(",complete,", ",finished,"));
    assertFault(
        "FOLDER/one.csv, row 2: state must be complete, failed or missing, but is 'finished'",
        file);
    Files.writeString(file, text.replace("ddp_cost", "cost"));
    assertFault(
        "FOLDER/one.csv has no column 'ddp_cost'; it must be an experiment's iterations.csv", file);
    Files.writeString(file, text + "vgps,swimmer\n");
    assertFault("FOLDER/one.csv, row 4 has 2 cells, but there are 21 columns", file);
    Files.writeString(file, "");
    assertFault("FOLDER/one.csv is empty, but a table has a head", file);
    assertFault("FOLDER/none.csv does not exist", folder.resolve("none.csv"));
  }

  @Test
  void statisticsAreOfTasksAndOfAllTogether() {
    Group other = group("gps", "swimmer", Map.of());
    Results results =
        new Results(
            List.of(
                run(SWIMMER, 0, 1.1),
                run(SWIMMER, 1, 1.2),
                run(WALKER, 0, 2),
                run(other, 0, 1.15),
                run(other, 1, 3),
                RunResult.failed(other, "default", 2, "a knee | broke")));
    Statistics statistics = new Statistics(results);
    Method vgps = SWIMMER.method();
    Statistics.Overall overall = statistics.overall(vgps, PolicyKind.STOCHASTIC);
    assertEquals(3, overall.runs());
    assertEquals((1.1 + 1.2 + 2) / 3, overall.ratio().estimate(), 1e-12);
    assertEquals(new Proportion(2, 3), overall.success());
    assertEquals(
        2 / 3.0, overall.profile().get(Statistics.THRESHOLDS.indexOf(1.3)).estimate(), 1e-12);
    // On the swimmer, which both have: 1.1 is below both of the other's, 1.2 below one.
    Intervals ahead = statistics.improvement(vgps, other.method(), PolicyKind.STOCHASTIC);
    Intervals behind = statistics.improvement(other.method(), vgps, PolicyKind.STOCHASTIC);
    assertNotNull(ahead);
    assertNotNull(behind);
    assertEquals(0.75, ahead.estimate());
    assertEquals(0.25, behind.estimate());
    String csv = statistics.csv(group -> new TreeMap<>(Map.of("final_falls", 0.25)));
    assertTrue(csv.contains("gps,default,swimmer,catalog,5,,failed,,,1.0,,,2\n"), csv);
    assertTrue(csv.contains("gps,default,swimmer,catalog,5,,final_falls,,,0.25,,,2\n"), csv);
    assertTrue(csv.contains("vgps,default,,,,stochastic,improvement,\"gps, default\",,0.75,"), csv);
    String markdown = SummaryTables.markdown(statistics);
    assertTrue(markdown.contains("| gps, default | swimmer h5 | 2 | a knee \\| broke |"), markdown);
    assertTrue(
        markdown.contains(
            "| gps, default | default | 2 | 1 | 100.00 | 2.08 [1.15, 3.00] | 1.00 [1.00, 1.00] |"
                + " 1/2 [9, 91 %] | 2/2 [34, 100 %] | 1 of 2 never | 1 of 2 never |"),
        markdown);
    assertTrue(markdown.contains("| 0/1 [0, 79 %] | 1/1 [21, 100 %] | never | never |"), markdown);
  }
}
