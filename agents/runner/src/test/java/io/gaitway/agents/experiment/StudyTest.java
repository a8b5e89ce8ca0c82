package io.gaitway.agents.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.run.EelSimulator;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a study does with its runs: statistics, tables, perturbed starts, several at a time. */
class StudyTest {
  @Test
  void interquartileMeanCutsFractionsOfValues() {
    assertEquals(4.5, Intervals.interquartileMean(new double[] {9, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
    assertEquals(2, Intervals.interquartileMean(new double[] {2}));
    assertEquals(3, Intervals.interquartileMean(new double[] {1, 3, 5, 1000, -1000}), 1e-12);
  }

  @Test
  void theIntervalCoversTheTrueMeanAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(1);
    int covered = 0;
    for (int trial = 0; trial < 60; trial++) {
      double[] values = random.doubles(40).toArray();
      Intervals intervals = Intervals.of(values);
      covered += intervals.lower() <= 0.5 && 0.5 <= intervals.upper() ? 1 : 0;
    }
    assertTrue(covered >= 50 && covered <= 60, "covered " + covered + " of 60");
  }

  @Test
  void theTableCountsSeedsBelowTheMarks() {
    StudyTable table =
        new StudyTable(
            new StudyTable.Layout(
                List.of(1.05, 1.3), List.of(1.2, 1.5), false, List.of(), 0, List.of(), 200, ""));
    table.add("default", Architecture.of(10), List.of(row(0, 104, 119, 5), row(1, 131, 140, 7)));
    assertEquals(
        """
        ## title

        Costs are relative to the initial DDP solution: interquartile mean over seeds, [95 %
        bootstrap interval], worst seed, and how many seeds stay below a mark. Stochastic
        costs are means of 200 rollouts with noise that training has not seen.

        | preset | hidden | DDP cost | deterministic | worst | ≤ 1.05 | ≤ 1.3 | stochastic | worst \
        | ≤ 1.2 | ≤ 1.5 | seconds |
        |---|---|---|---|---|---|---|---|---|---|---|---|
        | default | 10 | 100.00 | 1.175 [1.040, 1.310] | 1.310 | 1/2 | 1/2 \
        | 1.295 [1.190, 1.400] | 1.400 | 1/2 | 2/2 | 6 |

        | preset | hidden | seed | deterministic / DDP | stochastic / DDP | seconds |
        |---|---|---|---|---|---|
        | default | 10 | 0 | 1.040 | 1.190 | 5 |
        | default | 10 | 1 | 1.310 | 1.400 | 7 |
        """,
        table.markdown("title"));
    assertEquals(
        """
        preset,hidden,seed,ddp_cost,deterministic_cost,stochastic_cost,seconds
        default,10,0,100.0,104.0,119.0,5.0
        default,10,1,100.0,131.0,140.0,7.0
        """,
        table.csv());
  }

  @Test
  void whereEpisodesCanEndEarlyTheTableTellsOfFalls() {
    StudyTable table =
        new StudyTable(
            new StudyTable.Layout(
                List.of(1.1),
                List.of(),
                true,
                List.of(0.01, 0.3),
                1500,
                List.of(new Change("friction", 0.8), new Change("mass_scale", 3.6)),
                200,
                "crosses the pond"));
    List<StudyTable.Row> rows = new ArrayList<>();
    for (int seed = 0; seed < 4; seed++) {
      // Falls: 0, 4, 8, 12 %; the middle half of these has mean 6 %.
      rows.add(
          new StudyTable.Row(
              seed,
              100,
              100,
              100,
              seed > 0,
              0.04 * seed,
              0.9 - 0.1 * seed,
              List.of(new Perturbation(0.01, 1, 0.75), new Perturbation(0.3, 0.5, 0.125 * seed)),
              0.25 * seed,
              List.of(0.875, 0.25 * seed),
              List.of(),
              1));
    }
    table.add("default", new Architecture(List.of(8, 5), Controller.Activation.TANH), rows);
    String text = table.markdown("title");
    assertTrue(text.contains("A noisy rollout is a success if\nit crosses the pond.\n"), text);
    String means =
        "| 6.0 | 12.0 | 2/4 | 75.0 | 100.0 / 75.0 | 50.0 / 18.8 | 37.5 | 87.5 | 37.5 | 1 |";
    assertTrue(
        text.contains(
            "| DDP cost | deterministic | worst | ≤ 1.1 | upright | stochastic | worst | falls % |"
                + " worst | ≤ 4 % | success % | upright at 0.01, % | upright at 0.3, % |"
                + " upright for 1500 steps, % | upright with friction 0.8, % | upright with mass_scale 3.6, %"
                + " | seconds |\n"),
        text);
    assertTrue(text.contains("| 1.000 | 4/4 | 3/4 | 1.000 [1.000, 1.000] | 1.000 " + means), text);
    assertTrue(
        text.contains(
            "| default | 8x5-tanh | 0 | 1.000 | no | 1.000 | 0.0 | 90.0 | 100.0 / 75.0 | 50.0 / 0.0"
                + " | 0.0 | 87.5 | 0.0 | 1 |"),
        text);
    assertTrue(
        table
            .csv()
            .contains(
                ",deterministic_upright,falls,success,deterministic_upright_at_0.01,"
                    + "stochastic_upright_at_0.01,deterministic_upright_at_0.3,"
                    + "stochastic_upright_at_0.3,upright_for_1500_steps,upright_with_friction_0.8,"
                    + "upright_with_mass_scale_3.6,seconds\n"
                    + "default,8x5-tanh,0,100.0,100.0,100.0,0,0.0,0.9,1.0,0.75,0.5,0.0,0.0,0.875,"
                    + "0.0,1.0\n"),
        table.csv());
  }

  private static StudyTable.Row row(
      long seed, double deterministic, double stochastic, double seconds) {
    return new StudyTable.Row(
        seed,
        100,
        deterministic,
        stochastic,
        true,
        0,
        1,
        List.of(),
        0,
        List.of(),
        List.of(),
        seconds);
  }

  @Test
  void perturbedStatesDifferFromTheMeanByTheDeviation() {
    EnvironmentInfo eel = EelSimulator.info(40, "digest");
    List<double[]> starts = Perturbation.starts(eel, 2000, 5, 0.03);
    for (int i = 0; i < eel.nx(); i++) {
      int entry = i;
      double mean = starts.stream().mapToDouble(x -> x[entry]).average().orElseThrow();
      double square = starts.stream().mapToDouble(x -> x[entry] * x[entry]).average().orElseThrow();
      double std = eel.state().get(i).name().matches("root_[xy]") ? 0 : 0.03;
      assertEquals(0, mean, 4 * std / Math.sqrt(2000));
      assertEquals(std, Math.sqrt(square), 4 * std / Math.sqrt(4000));
    }
    assertArrayEquals(starts.get(7), Perturbation.starts(eel, 10, 5, 0.03).get(7));
    assertTrue(starts.get(7)[3] != Perturbation.starts(eel, 10, 6, 0.03).get(7)[3]);
  }

  @Test
  void perturbationCountsThoseThatStayUpright() throws IOException {
    // Only the turn at the start can be beyond the angle: without torques the eel turns back.
    EelSimulator eel = new EelSimulator(40, "digest", 0.1);
    Controller.Mlp still =
        new Controller.Mlp(
            List.of(2),
            List.of(
                new Controller.Layer(new double[2], new double[2], Controller.Activation.LINEAR)),
            new double[0]);
    long expected =
        Perturbation.starts(eel.environment(), 100, 3, 0.1).stream()
            .filter(x -> Judgement.upright(rollout(eel, x, still)))
            .count();
    assertTrue(expected > 10 && expected < 90, "upright " + expected);
    Perturbation quiet = Perturbation.of(eel, still, 40, 100, 3, 0.1);
    assertEquals(expected / 100.0, quiet.deterministic());
    assertEquals(expected / 100.0, quiet.stochastic());
    Controller.Mlp shaken =
        new Controller.Mlp(still.inputs(), still.layers(), new double[] {150, 150});
    Perturbation noisy = Perturbation.of(eel, shaken, 40, 100, 3, 0.1);
    assertEquals(expected / 100.0, noisy.deterministic());
    assertTrue(noisy.stochastic() < 0.8 * noisy.deterministic(), noisy::toString);
  }

  @Test
  void theFirstFaultOfAJobStopsTheOthers() {
    AtomicInteger begun = new AtomicInteger();
    List<Jobs.Job<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int number = i;
      jobs.add(
          stop -> {
            begun.incrementAndGet();
            if (number == 2) {
              throw new IOException("job 2");
            }
            while (number > 2 && !stop.getAsBoolean()) {
              Thread.onSpinWait();
            }
            return stop.getAsBoolean() ? null : number;
          });
    }
    IOException fault = assertThrows(IOException.class, () -> Jobs.run(2, jobs, () -> false));
    assertEquals("job 2", fault.getMessage());
    assertTrue(begun.get() <= 4, "begun " + begun);
  }

  @Test
  void jobsKeepTheirOrderAndAStoppedOneEndsAll() throws IOException {
    List<Jobs.Job<Integer>> jobs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int number = i;
      jobs.add(stop -> stop.getAsBoolean() ? null : number);
    }
    List<Integer> order = IntStream.range(0, 20).boxed().toList();
    assertEquals(order, Jobs.run(3, jobs, () -> false));
    assertEquals(null, Jobs.run(3, jobs, () -> true));
  }

  private static Rollout rollout(EelSimulator eel, double[] start, Controller controller) {
    return eel.rollout(RolloutRequest.single(40, start, controller)).get(0);
  }
}
