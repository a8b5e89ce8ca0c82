package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * States kept from all that were ever visited. The first ones stay; of the others all are kept
 * until there are too many, then a sample in which each of them is as likely as any other (Vitter,
 * Random Sampling with a Reservoir, 1985, algorithm R).
 */
public final class Memory {
  private final int nx;
  private final int capacity;
  private final Visits kept;
  private int held;
  private long seen;

  /**
   * An empty memory.
   *
   * @param nx number of state entries
   * @param capacity most states to keep besides the first ones, at least 1
   */
  public Memory(int nx, int capacity) {
    this.nx = nx;
    this.capacity = capacity;
    kept = new Visits(nx);
  }

  /** What is kept. */
  public Visits kept() {
    return kept;
  }

  /** Takes the first states in, for good. */
  public void hold(Visits first) {
    int[] steps = first.steps();
    double[] xs = first.states();
    for (int n = 0; n < steps.length; n++) {
      kept.add(steps[n], xs, n * nx);
    }
    held = kept.size();
  }

  /** Takes states in, and forgets others for them if there are too many. */
  public void add(Visits visits, UniformRandomProvider random) {
    int[] steps = visits.steps();
    double[] xs = visits.states();
    for (int n = 0; n < steps.length; n++) {
      seen++;
      if (kept.size() < held + capacity) {
        kept.add(steps[n], xs, n * nx);
        continue;
      }
      long place = random.nextLong(seen);
      if (place < capacity) {
        kept.set(held + (int) place, steps[n], xs, n * nx);
      }
    }
  }

  /** Writes the memory to a learner's state. */
  public void save(ObjectNode state) {
    int[] steps = kept.steps();
    double[] numbers = new double[steps.length];
    for (int n = 0; n < steps.length; n++) {
      numbers[n] = steps[n];
    }
    ObjectNode node = state.putObject("memory");
    node.put("held", held);
    node.put("seen", seen);
    ExactDoubles.put(node, "steps", numbers);
    ExactDoubles.put(node, "xs", kept.states());
  }

  /** Fills an empty memory with what {@link #save} wrote. */
  public void restore(ObjectNode state) {
    held = state.required("memory").required("held").intValue();
    seen = state.required("memory").required("seen").longValue();
    double[] steps = ExactDoubles.get(state.get("memory"), "steps");
    double[] xs = ExactDoubles.get(state.get("memory"), "xs");
    for (int n = 0; n < steps.length; n++) {
      kept.add((int) steps[n], xs, n * nx);
    }
  }
}
