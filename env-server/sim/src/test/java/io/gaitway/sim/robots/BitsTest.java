package io.gaitway.sim.robots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The robots' numbers to the bit: a version of a robot promises them, so whoever changes the engine
 * leaves them, and what they take, as they are, or raises the versions. The digests are those of
 * the engine of November 2026. A zero has no sign here, and what is smaller than {@link #NOTHING}
 * is one: contact forces that should be 0 were round-off of at most 2e-40 N until December 2026.
 */
class BitsTest {
  private static final double NOTHING = 1e-30;

  /**
   * A robot and what is known of it.
   *
   * @param digest of states, derivatives and forces of eight episodes
   * @param step operations of a step
   * @param linearize operations of a linearisation
   */
  record Known(
      EnvironmentProvider robot,
      Map<String, Double> overrides,
      String digest,
      double step,
      double linearize) {
    @Override
    public String toString() {
      return robot.id() + overrides;
    }
  }

  static Stream<Known> robots() {
    return Stream.of(
        new Known(new Swimmer(), Map.of(), "f616e47213dbde48", 2606, 11552),
        new Known(
            new Swimmer(),
            Map.of("links", 6.0, "target_speed", -0.3),
            "e69839b52259fe15",
            6562,
            44428),
        new Known(new Walker(), Map.of(), "3a0ecbb13afd528d", 12700, 26688),
        new Known(
            new Walker(),
            Map.of("mass_scale", 1.0, "start", 0.0, "substeps", 2.0),
            "8050633a4bafeefa",
            25377,
            53339));
  }

  @ParameterizedTest
  @MethodSource("robots")
  void stay(Known known) throws NoSuchAlgorithmException {
    Environment e = known.robot().create(known.overrides());
    assertEquals(known.digest(), digest(e));
    assertEquals(known.step(), e.stepOperations());
    assertEquals(known.linearize(), e.linearizeOperations());
  }

  private static String digest(Environment e) throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Workspace w = e.newWorkspace();
    int nx = e.spec().nx();
    int nu = e.spec().nu();
    Linearization l = new Linearization(nx, nu);
    double[] forces = new double[2 * e.spec().contactPoints().size()];
    SplittableRandom random = new SplittableRandom(5);
    double[] x = new double[nx];
    double[] u = new double[nu];
    for (int episode = 0; episode < 8; episode++) {
      e.sampleInitialState(3, episode, x, 0);
      for (int t = 0; t < 200; t++) {
        for (int j = 0; j < nu; j++) {
          double bound = e.spec().action().get(j).upper();
          u[j] = random.nextDouble(-bound, bound) * (episode % 4) / 3;
        }
        assertTrue(e.linearize(w, x, 0, u, 0, CostHessian.EXACT, l));
        add(digest, l.fx, l.fu, new double[] {l.l}, l.lx, l.lu, l.lxx, l.luu, l.lux);
        assertTrue(e.contactForces(w, x, 0, u, 0, forces, 0));
        assertTrue(e.step(w, x, 0, u, 0, x, 0));
        add(digest, forces, x);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
  }

  private static void add(MessageDigest digest, double[]... arrays) {
    for (double[] array : arrays) {
      ByteBuffer bytes = ByteBuffer.allocate(8 * array.length);
      for (double value : array) {
        bytes.putDouble(Math.abs(value) < NOTHING ? 0 : value);
      }
      bytes.flip();
      digest.update(bytes);
    }
  }
}
