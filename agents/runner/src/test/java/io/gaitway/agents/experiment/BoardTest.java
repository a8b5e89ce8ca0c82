package io.gaitway.agents.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Method;
import io.gaitway.agents.run.BrittleAgent;
import io.gaitway.agents.run.EelSimulator;
import io.gaitway.agents.run.WanderAgent;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What an experiment runs, and what it says while it does. */
class BoardTest {
  private static final int ITERATIONS = 10;
  private final Simulator eel = new EelSimulator(40, "digest");

  private ExperimentRun.Common common(Agent<?> agent, String directory) {
    return new ExperimentRun.Common(
        Path.of(directory),
        ChosenAgent.of(agent),
        eel,
        Map.of(),
        new TreeMap<>(),
        Scale.CATALOG,
        Map.of(),
        new TreeMap<>(),
        List.of(),
        List.of(),
        ITERATIONS,
        5,
        FinalMeasurement.What.NOTHING,
        "embedded");
  }

  private Plan plan(List<Integer> hidden, int seeds) {
    return Plan.of(
        List.of(common(new WanderAgent(), "eel-wander"), common(new BrittleAgent(), "eel-brittle")),
        hidden.stream().map(Architecture::of).toList(),
        List.of("default", "paper"),
        LongStream.range(0, seeds).boxed().toList());
  }

  @Test
  void seedsComeOneAfterTheOther() {
    Plan plan = plan(List.of(5, 10), 2);
    assertEquals(16, plan.entries().size());
    assertEquals(8, plan.groups().size());
    assertEquals(
        List.of(
            "eel-wander/default-h5-s0",
            "eel-brittle/default-h5-s0",
            "eel-wander/default-h10-s0",
            "eel-brittle/default-h10-s0",
            "eel-wander/paper-h5-s0"),
        plan.entries().stream().limit(5).map(Plan.Entry::name).toList());
    assertTrue(plan.entries().get(8).name().endsWith("-s1"));
  }

  /** An agent whose paper settings are the best for small policies. */
  private static final class Modest implements Agent<WanderAgent.Options> {
    private final WanderAgent wander = new WanderAgent();
    private final String name;

    Modest(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String summary() {
      return wander.summary();
    }

    @Override
    public Class<WanderAgent.Options> settingsType() {
      return wander.settingsType();
    }

    @Override
    public WanderAgent.Options preset(String preset, String environment) {
      return wander.preset(preset, environment);
    }

    @Override
    public String bestPreset(String environment, Architecture architecture) {
      return environment.equals("eel") && architecture.hidden().get(0) < 10
          ? PAPER_PRESET
          : DEFAULT_PRESET;
    }

    @Override
    public Learner learner(Task<WanderAgent.Options> task) {
      return wander.learner(task);
    }
  }

  @Test
  void theBestPresetDependsOnTheSizeAndIsRunOnce() {
    Plan plan =
        Plan.of(
            List.of(common(new Modest("modest"), "m")),
            List.of(Architecture.of(5), Architecture.of(10)),
            List.of("default", "paper"),
            List.of(0L));
    assertEquals(
        List.of("m/paper-h5-s0", "m/default-h10-s0", "m/paper-h10-s0"),
        plan.entries().stream().map(Plan.Entry::name).toList());
    GroupTask small = new GroupTask("eel", "catalog", Architecture.of(5), new TreeMap<>());
    assertEquals(
        List.of(
            new Group(new Method("modest", "default", new TreeMap<>()), small),
            new Group(new Method("modest", "paper", new TreeMap<>()), small)),
        plan.entries().get(0).groups());
  }

  @Test
  void theTimeLeftFollowsFromWhatIsKnownOfRunsOfTheKind() {
    Plan plan = plan(List.of(5), 2);
    Board board = new Board(plan, 2);
    List<Plan.Entry> entries = plan.entries();
    assertTrue(Double.isNaN(board.secondsLeft()));
    assertEquals("0 of 8 runs done", board.headline());
    // wander, default: 20 s a run. Everything else is taken to be like it.
    board.done(entries.get(0), 20, 1.1);
    assertEquals(7 * 20 / 2.0, board.secondsLeft());
    // brittle, default: the first of 10 iterations was done after 31 s and took 1 s, so 40 s;
    // also with the preset paper.
    board.started(entries.get(1), 0);
    board.iterated(entries.get(1), 1, 1, 31, 2.5);
    assertEquals((9 + 3 * 40 + 3 * 20) / 2.0, board.secondsLeft());
    assertEquals("1 of 8 runs done, 1 running, about 1 min 35 s left", board.headline());
    board.failed(entries.get(1));
    assertEquals(6 * 20 / 2.0, board.secondsLeft());
    // The last run alone: the second job does not help.
    for (Plan.Entry entry : entries.subList(2, 7)) {
      board.done(entry, 20, Double.POSITIVE_INFINITY);
    }
    assertEquals(20, board.secondsLeft());
    board.done(entries.get(7), 20, 1.1);
    assertEquals(0, board.secondsLeft());
    assertEquals("7 of 8 runs done, 1 failed", board.headline());
  }

  @Test
  void theTableTellsOfEveryMethodAndTask() {
    Plan plan = plan(List.of(5, 10), 3);
    Board board = new Board(plan, 2);
    List<Plan.Entry> entries = plan.entries();
    board.done(entries.get(0), 20, 1.1);
    board.done(entries.get(1), 20, Double.POSITIVE_INFINITY);
    board.started(entries.get(2), 0);
    board.iterated(entries.get(2), 4, 1, 8, 2.5);
    assertEquals(
        """
        2 of 24 runs done, 1 running, about 3 min 18 s left
                            eel h5        eel h10
        default
          wander              1/3   1.10    0/3   2.50
          brittle             1/3   div.    0/3
        paper
          wander              0/3           0/3
          brittle             0/3           0/3
        running eel-wander/default-h10-s0  4/10  2.50 x DDP
        """,
        String.join("\n", board.lines()) + "\n");
  }

  @Test
  void aLongNameLeavesTheColumnsInPlace() {
    Plan plan =
        Plan.of(
            List.of(common(new Modest("covariance-matrix-adaptation"), "m")),
            List.of(Architecture.of(10)),
            List.of("default"),
            List.of(0L));
    assertEquals("  covariance-matri…   0/1", new Board(plan, 1).lines().get(3));
  }

  @Test
  void theTableFitsATerminal() {
    List<ExperimentRun.Common> commons = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      commons.add(common(i == 0 ? new WanderAgent() : new BrittleAgent(), "directory".repeat(9)));
    }
    List<String> presets = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      presets.add("preset" + i);
    }
    Plan plan =
        Plan.of(
            commons,
            IntStream.rangeClosed(1, 5).mapToObj(Architecture::of).toList(),
            presets,
            List.of(0L, 1L, 2L));
    Board board = new Board(plan, 99);
    plan.entries().forEach(entry -> board.started(entry, 0));
    List<String> lines = board.lines();
    assertTrue(lines.size() <= 25, "lines: " + lines.size());
    lines.forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(lines.get(1).endsWith("all tasks"));
    assertFalse(lines.get(3).isEmpty());
  }
}
