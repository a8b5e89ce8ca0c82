package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.api.Test;

class MemoryTest {
  private final UniformRandomProvider random = RandomSource.PHILOX_4X64.create(11);

  /** States (n, −n), visited at step n. */
  private static Visits visits(int from, int to) {
    Visits visits = new Visits(2);
    for (int n = from; n < to; n++) {
      visits.add(n, new double[] {n, -n}, 0);
    }
    return visits;
  }

  @Test
  void keepsEverythingWhileThereIsRoom() {
    Memory memory = new Memory(2, 50);
    memory.add(visits(0, 30), random);
    memory.add(visits(30, 50), random);
    assertArrayEquals(visits(0, 50).steps(), memory.kept().steps());
    assertArrayEquals(visits(0, 50).states(), memory.kept().states());
  }

  /** Of 40 states in four portions each is among the 10 kept in a quarter of many trials. */
  @Test
  void everyStateIsAsLikelyToStay() {
    int trials = 8000;
    int[] kept = new int[40];
    for (int trial = 0; trial < trials; trial++) {
      Memory memory = new Memory(2, 10);
      for (int portion = 0; portion < 4; portion++) {
        memory.add(visits(10 * portion, 10 * portion + 10), random);
      }
      int[] steps = memory.kept().steps();
      double[] states = memory.kept().states();
      assertEquals(10, steps.length);
      for (int n = 0; n < 10; n++) {
        assertEquals(steps[n], states[2 * n]);
        assertEquals(-steps[n], states[2 * n + 1]);
        kept[steps[n]]++;
      }
    }
    double deviation = Math.sqrt(trials * 0.25 * 0.75);
    for (int n = 0; n < 40; n++) {
      assertEquals(0.25 * trials, kept[n], 4.5 * deviation, "state " + n);
    }
  }

  @Test
  void theFirstStatesStay() {
    Memory memory = new Memory(2, 10);
    memory.hold(visits(0, 20));
    memory.add(visits(20, 400), random);
    int[] steps = memory.kept().steps();
    assertEquals(30, steps.length);
    assertArrayEquals(visits(0, 20).steps(), Arrays.copyOf(steps, 20));
    assertTrue(Arrays.stream(steps, 20, 30).allMatch(step -> step >= 20));
  }

  @Test
  void restoredMemoryGoesOnAlike() {
    Memory memory = new Memory(2, 10);
    memory.hold(visits(100, 103));
    memory.add(visits(0, 25), random);
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    memory.save(state);
    Memory restored = new Memory(2, 10);
    restored.restore(state);
    memory.add(visits(25, 60), RandomSource.PHILOX_4X64.create(1));
    restored.add(visits(25, 60), RandomSource.PHILOX_4X64.create(1));
    assertArrayEquals(memory.kept().steps(), restored.kept().steps());
    assertArrayEquals(memory.kept().states(), restored.kept().states());
  }
}
