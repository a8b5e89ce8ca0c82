package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.server.call.TestWorkers;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.sim.task.Environments;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Environments that several threads step together. */
class EnvironmentBatchTest {
  private static final int SIZE = 256;
  private static final int STEPS = 120;

  private int mostParts;

  @Test
  void howTheWorkIsSharedDoesNotShow() {
    Model walker = new Catalog(Environments.load(), 1).model("walker", Map.of());
    EnvironmentBatch alone = batch(walker);
    EnvironmentBatch backwards = batch(walker);
    EnvironmentBatch shared = batch(walker);
    Random random = new Random(1);
    int resets = 0;
    try (Workers workers = TestWorkers.of(3)) {
      for (int step = 0; step < STEPS; step++) {
        double[] us = random.doubles(SIZE * walker.nu, -60, 60).toArray();
        int expected = alone.step(us, (parts, part) -> inOrder(parts, part));
        assertEquals(expected, backwards.step(us, (parts, part) -> inReverse(parts, part)));
        assertEquals(
            expected, shared.step(us, (parts, part) -> workers.share(parts, part, Runnable::run)));
        requireSame(alone, backwards);
        requireSame(alone, shared);
        resets += alone.resets.size();
      }
    }
    assertTrue(mostParts > 1, "the work is shared");
    assertTrue(resets > SIZE, "episodes end");
  }

  private static EnvironmentBatch batch(Model model) {
    EnvironmentBatch batch =
        new EnvironmentBatch(model, SIZE, AutoresetMode.AUTORESET_MODE_SAME_STEP, 25);
    for (int i = 0; i < SIZE; i++) {
      batch.seed(i, i);
      batch.reset(i);
    }
    return batch;
  }

  private void inOrder(int parts, IntConsumer part) {
    mostParts = Math.max(mostParts, parts);
    for (int i = 0; i < parts; i++) {
      part.accept(i);
    }
  }

  private static void inReverse(int parts, IntConsumer part) {
    for (int i = parts - 1; i >= 0; i--) {
      part.accept(i);
    }
  }

  private static void requireSame(EnvironmentBatch expected, EnvironmentBatch actual) {
    assertArrayEquals(expected.xs, actual.xs);
    assertArrayEquals(expected.costs, actual.costs);
    assertArrayEquals(expected.terminated, actual.terminated);
    assertArrayEquals(expected.truncated, actual.truncated);
    assertArrayEquals(expected.clipped, actual.clipped);
    assertArrayEquals(expected.episodes, actual.episodes);
    assertEquals(expected.resets.size(), actual.resets.size());
    for (int i = 0; i < expected.resets.size(); i++) {
      EnvironmentBatch.Reset reset = actual.resets.get(i);
      assertEquals(expected.resets.get(i).environment(), reset.environment());
      assertArrayEquals(expected.resets.get(i).finalState(), reset.finalState());
    }
  }
}
