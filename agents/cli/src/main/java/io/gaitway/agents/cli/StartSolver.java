package io.gaitway.agents.cli;

import io.gaitway.agents.api.Start;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.experiment.DirectoryLock;
import io.gaitway.agents.experiment.StartReferences;
import io.gaitway.agents.guidance.StartSolutions;
import io.gaitway.agents.run.Observation;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what policies are compared with that are measured from several starts. */
final class StartSolver {
  private StartSolver() {}

  /** The starts to measure from: those found before, or else they are solved now. */
  static List<StartReferences.Entry> references(
      Path directory, Simulator simulator, List<Start> measured, Status status) throws IOException {
    EnvironmentInfo environment = simulator.environment();
    Observation.requireVaried(environment, List.of(), measured);
    try (DirectoryLock lock = DirectoryLock.of(directory)) {
      @Nullable StartReferences found =
          StartReferences.find(
              directory, environment.version(), environment.modelDigest(), measured);
      if (found != null) {
        return found.starts();
      }
      StartSolutions solutions =
          new StartSolutions(simulator, measured, environment.horizon(), false);
      List<StartReferences.Entry> entries = new ArrayList<>();
      for (Start start : measured) {
        status.show("Solving start %d/%d".formatted(entries.size() + 1, measured.size()));
        Simulator at = start.simulator(simulator);
        Trajectory solution = solutions.of(start, at).solve(environment.horizon());
        List<Double> state = Arrays.stream(solution.xs, 0, solution.nx).boxed().toList();
        entries.add(
            new StartReferences.Entry(
                start.parameters(), start.step(), state, solution.totalCost()));
      }
      new StartReferences(environment.version(), environment.modelDigest(), entries)
          .write(directory);
      return entries;
    }
  }
}
