package io.gaitway.agents.run;

import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import java.io.IOException;
import java.util.UUID;
import java.util.stream.LongStream;

/**
 * Tells what a run's learner has had the simulator do, in this process and those before it, as the
 * server counts it. Each process counts under an account of its own, so that runs which share a
 * server are counted apart.
 */
final class UsageMeter {
  private final Simulator counted;
  private Usage seen = Usage.ZERO;

  /** The total less what the account has used. */
  private Usage before = Usage.ZERO;

  /** Takes an account; to be begun before it tells anything. */
  UsageMeter(Simulator simulator) {
    counted = simulator.account("run-" + UUID.randomUUID());
  }

  /** The simulator whose calls are counted. */
  Simulator simulator() {
    return counted;
  }

  /**
   * Begins to count; what the account has used until now, to restore a state, say, is not the
   * run's.
   *
   * @param total what the run has used before
   * @throws io.gaitway.client.error.UnimplementedException if the server does not count
   */
  void begin(Usage total) {
    seen = counted.usage();
    before = total.minus(seen);
  }

  /**
   * What the run has used so far.
   *
   * @throws IOException if the server has lost count
   */
  Usage total() throws IOException {
    Usage now = counted.usage();
    Usage more = now.minus(seen);
    if (more.workerSeconds() < 0
        || LongStream.of(
                more.rollouts(),
                more.rolloutSteps(),
                more.sessionSteps(),
                more.evaluatedKnots(),
                more.linearizedKnots())
            .anyMatch(count -> count < 0)) {
      throw new IOException(
          "the server has lost count of what this run uses, as after a restart; resume the run to"
              + " continue from its last checkpoint");
    }
    seen = now;
    return before.plus(now);
  }
}
