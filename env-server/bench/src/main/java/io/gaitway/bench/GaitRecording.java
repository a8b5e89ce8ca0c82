package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.task.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes a walk of the hand-crafted gait as JSON, one state and the torques applied in it a line:
 * the walking states that the simulator's tests need, which knows no controllers itself.
 *
 * <p>Argument: the file to write.
 */
public final class GaitRecording {
  private static final int STEPS = 500;

  private GaitRecording() {}

  /** Runs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("usage: GaitRecording FILE");
      System.exit(2);
    }
    Environment walker = WalkerRun.walker();
    Files.writeString(Path.of(args[0]), text(walker, WalkerRun.trajectory(walker, STEPS)));
  }

  private static String text(Environment walker, Trajectory run) {
    String states =
        IntStream.range(0, run.T)
            .mapToObj(
                t ->
                    "{\"x\":%s,\"u\":%s}".formatted(row(run.xs, t, run.nx), row(run.us, t, run.nu)))
            .collect(Collectors.joining(",\n"));
    return """
        {
         "header": {
          "title": "%d control steps of the walker in its hand-crafted gait, from the mean initial state",
          "generator": "env-server/sim/oracles/record-gait",
          "date": "%s",
          "versions": {"walker": "%s", "java": "%s"},
          "modelDigest": "%s",
          "units": "SI: m, rad, s, N m",
          "layout": {"x": "state, root x, y and angle, hinge angles, then their rates", \
        "u": "torques applied in it"}
         },
         "states": [
        %s
        ]}
        """
        .formatted(
            run.T,
            LocalDate.now(),
            walker.spec().version(),
            System.getProperty("java.version"),
            walker.spec().modelDigest(),
            states);
  }

  private static String row(double[] values, int t, int size) {
    return Arrays.stream(values, t * size, (t + 1) * size)
        .mapToObj(Double::toString)
        .collect(Collectors.joining(",", "[", "]"));
  }
}
