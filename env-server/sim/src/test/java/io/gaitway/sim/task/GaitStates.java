package io.gaitway.sim.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.sim.dynamics.GoldenRobot;
import io.gaitway.sim.robots.Walker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * States of the walker in its gait, from {@code golden/walker-gait.json} (written by {@code
 * oracles/record-gait}), and in falls that begin in the gait.
 */
public final class GaitStates {
  private static final String PATH = "/golden/walker-gait.json";

  private GaitStates() {}

  /**
   * A state with the torques applied in it.
   *
   * @param x state, shape (nx)
   * @param u torques, N m, shape (nu)
   */
  public record Knot(double[] x, double[] u) {}

  /** Five seconds of walking, a knot for every control step. */
  public static List<Knot> walking() {
    try (InputStream in = GaitStates.class.getResourceAsStream(PATH)) {
      if (in == null) {
        throw new IllegalStateException("no golden data at " + PATH);
      }
      List<Knot> knots = new ArrayList<>();
      for (JsonNode state : new ObjectMapper().readTree(in).get("states")) {
        knots.add(new Knot(GoldenRobot.array(state.get("x")), GoldenRobot.array(state.get("u"))));
      }
      return knots;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read golden data " + PATH, e);
    }
  }

  /**
   * Falls from states of the gait under random torques that change every tenth of a second and end
   * with the fall, down to lying on the ground.
   *
   * @param falls number of falls
   * @param steps control steps of each
   */
  public static List<Knot> falling(int falls, int steps) {
    Environment walker = new Walker().create(Map.of());
    Workspace workspace = walker.newWorkspace();
    List<Knot> gait = walking();
    SplittableRandom random = new SplittableRandom(71);
    List<Knot> knots = new ArrayList<>();
    for (int fall = 0; fall < falls; fall++) {
      double[] x = gait.get(random.nextInt(gait.size())).x().clone();
      double[] u = new double[walker.spec().nu()];
      for (int t = 0; t < steps; t++) {
        if (walker.terminated(x, 0)) {
          Arrays.fill(u, 0);
        } else if (t % 10 == 0) {
          Arrays.setAll(u, j -> random.nextDouble(-150, 150));
        }
        knots.add(new Knot(x.clone(), u.clone()));
        if (!walker.step(workspace, x, 0, u, 0, x, 0)) {
          throw new IllegalStateException("a fall diverges at " + Arrays.toString(x));
        }
      }
    }
    return knots;
  }
}
