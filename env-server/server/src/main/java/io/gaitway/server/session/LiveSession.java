package io.gaitway.server.session;

import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.TurnLock;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Errors;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session: a batch of environments, its lease, and its memory of the last answers. Hold this
 * object's lock to do several things that belong together, such as a step and reading what came of
 * it.
 */
public final class LiveSession {
  public final String id;

  /** Name of the principal that made it. */
  public final String owner;

  private final TurnLock lock = new TurnLock();
  final EnvironmentBatch batch;
  final BoundsMode bounds;

  /** Room for the actions of a step, shape (N, nu). */
  final double[] us;

  private volatile Duration lease;
  private volatile Instant expiry;
  private long step;
  private long resets;

  /** What it takes of the server. */
  final SessionCost cost;

  /** The answers to its last commands, of those that came as messages. */
  final AnswerWindow answers;

  /** Its place in {@link Expiries}, which alone reads and writes this. */
  Expiries.@Nullable Due due;

  LiveSession(
      String id,
      String owner,
      EnvironmentBatch batch,
      BoundsMode bounds,
      SessionCost cost,
      Duration lease,
      Instant now) {
    this.id = id;
    this.owner = owner;
    this.cost = cost;
    answers = new AnswerWindow(cost.window(), cost.answerBytes());
    this.batch = batch;
    this.bounds = bounds;
    this.lease = lease;
    expiry = now.plus(lease);
    us = new double[batch.size * batch.model.nu];
  }

  /** Takes a step, which is {@code work}, when the session is free; see {@link TurnLock#place}. */
  void placeStep(Job job, Runnable work) {
    double nanos = batch.size * batch.model.stepNanos();
    job.require("actions", batch.size, nanos);
    lock.place(job, nanos, work);
  }

  /** The same for what starts episodes or copies environments. */
  void placeReset(Job job, Runnable work) {
    lock.place(job, batch.size * batch.model.sampleNanos, work);
  }

  /** When the session ends if nobody uses it, on the clock that leases run on. */
  Instant expiry() {
    return expiry;
  }

  /** The lease's duration. */
  Duration lease() {
    return lease;
  }

  /** Changes the lease's duration; takes effect with the next renewal. */
  void lease(Duration duration) {
    lease = duration;
  }

  /** Moves the expiry to now + lease. */
  void renew(Instant now) {
    expiry = now.plus(lease);
  }

  /** Steps carried out so far. */
  synchronized long step() {
    return step;
  }

  /** Resets carried out so far. */
  synchronized long resets() {
    return resets;
  }

  /** Sets how far the session is. */
  synchronized void resume(long steps, long resets) {
    step = steps;
    this.resets = resets;
  }

  /**
   * Starts episodes.
   *
   * @param mask which environments, shape (N), or null for all
   * @param seeds to put in force first, shape (N), or null to keep those in force
   * @param states to start from, shape (N, nx), or null to draw them
   */
  synchronized void reset(
      boolean @Nullable [] mask, long @Nullable [] seeds, double @Nullable [] states) {
    int nx = batch.model.nx;
    for (int i = 0; i < batch.size; i++) {
      if (mask == null || mask[i]) {
        if (seeds != null) {
          batch.seed(i, seeds[i]);
        }
        batch.reset(i);
        if (states != null) {
          System.arraycopy(states, i * nx, batch.xs, i * nx, nx);
        }
      }
    }
    resets++;
  }

  /**
   * Carries out the next step and counts it for {@code account}.
   *
   * @param actions shape (N, nu), finite
   * @throws RequestException if an action is out of bounds and the session rejects such, or if an
   *     environment needs a reset; nothing has changed then
   */
  synchronized void step(double[] actions, Account account, Workers workers) {
    if (bounds == BoundsMode.BOUNDS_MODE_REJECT) {
      requireBounds(actions);
    }
    account.countSessionSteps(
        batch.step(actions, (parts, part) -> workers.share(parts, part, account::time)));
    step++;
  }

  private void requireBounds(double[] actions) {
    Model model = batch.model;
    for (int i = 0; i < batch.size; i++) {
      for (int j = 0; j < model.nu && !batch.ignoresAction(i); j++) {
        double value = actions[i * model.nu + j];
        if (value < model.lower[j] || value > model.upper[j]) {
          throw Errors.actionOutOfBounds(
              i, model.spec.action().get(j).name(), value, model.lower[j], model.upper[j]);
        }
      }
    }
  }

  /** A batch of copies of this session's environments, for another session. */
  synchronized EnvironmentBatch fork(List<Integer> environments) {
    int[] indices = indices("environments", environments);
    EnvironmentBatch copy =
        new EnvironmentBatch(batch.model, indices.length, batch.autoreset, batch.maxEpisodeSteps);
    for (int row = 0; row < indices.length; row++) {
      requireStarted(indices[row]);
      copy.copy(row, batch, indices[row]);
    }
    return copy;
  }

  /** Checks that an environment has been reset. */
  void requireStarted(int i) {
    if (!batch.started[i]) {
      throw Errors.needsReset(i);
    }
  }

  /** The indices that a request means: those given, or all; checked. */
  int[] indices(String field, List<Integer> given) {
    int[] indices = new int[given.isEmpty() ? batch.size : given.size()];
    for (int row = 0; row < indices.length; row++) {
      indices[row] = given.isEmpty() ? row : given.get(row);
      Errors.requireRange(field, indices[row], 0, batch.size - 1L);
    }
    return indices;
  }
}
