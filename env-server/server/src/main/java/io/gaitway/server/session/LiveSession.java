package io.gaitway.server.session;

import io.gaitway.proto.v1.Autoreset;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.TensorBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A session: a batch of environments, its lease, and its memory of the last step's answer. */
public final class LiveSession {
  public final String id;
  final EnvironmentBatch batch;
  final BoundsMode bounds;

  private final double[] us;
  private Duration lease;
  private volatile Instant expiry;
  private long step;
  private @Nullable StepResponse lastAnswer;

  LiveSession(String id, EnvironmentBatch batch, BoundsMode bounds, Duration lease, Instant now) {
    this.id = id;
    this.batch = batch;
    this.bounds = bounds;
    this.lease = lease;
    expiry = now.plus(lease);
    us = new double[batch.size * batch.model.nu];
  }

  /** When the session ends if nobody uses it. */
  Instant expiry() {
    return expiry;
  }

  /** The lease's duration. */
  synchronized Duration lease() {
    return lease;
  }

  /** Changes the lease's duration; takes effect with the next renewal. */
  synchronized void lease(Duration duration) {
    lease = duration;
  }

  /** Moves the expiry to now + lease. */
  synchronized void renew(Instant now) {
    expiry = now.plus(lease);
  }

  /** Describes the session. */
  synchronized Session describe() {
    return Session.newBuilder()
        .setId(id)
        .setEnvironment(batch.model.message)
        .setNumEnvironments(batch.size)
        .setAutoresetMode(batch.autoreset)
        .setBoundsMode(bounds)
        .setMaxEpisodeSteps(batch.maxEpisodeSteps)
        .setLease(Codec.duration(lease))
        .setExpireTime(Codec.timestamp(expiry))
        .setStep(step)
        .build();
  }

  /** Carries out a Reset. */
  public synchronized ResetResponse reset(ResetRequest request) {
    int n = batch.size;
    int nx = batch.model.nx;
    boolean[] mask = request.hasMask() ? Codec.booleans("mask", request.getMask(), n) : null;
    int seeds = request.getSeedsCount();
    if (seeds != 0 && seeds != n) {
      throw Errors.outOfRange("seeds (their number)", seeds, "0 or " + n);
    }
    double[] states =
        request.hasStates() ? Codec.doubles("states", request.getStates(), n, nx) : null;
    for (int i = 0; i < n; i++) {
      if (mask == null || mask[i]) {
        if (seeds != 0) {
          batch.seed(i, request.getSeeds(i));
        }
        batch.reset(i);
        if (states != null) {
          System.arraycopy(states, i * nx, batch.xs, i * nx, nx);
        }
      }
    }
    return ResetResponse.newBuilder()
        .setStates(Codec.tensor(batch.xs, n, nx))
        .addAllSeeds(Codec.list(batch.seeds))
        .addAllEpisodes(Codec.list(batch.episodes))
        .build();
  }

  /** Carries out a Step and counts it for {@code account}, or repeats the last answer. */
  synchronized StepResponse step(StepRequest request, Account account, Workers workers) {
    if (request.hasExpectedStep() && request.getExpectedStep() != step) {
      StepResponse last = lastAnswer;
      if (last != null && request.getExpectedStep() == step - 1) {
        return last;
      }
      throw Errors.stepOutOfOrder(request.getExpectedStep(), step);
    }
    Codec.doublesInto("actions", request.getActions(), us, batch.size, batch.model.nu);
    if (bounds == BoundsMode.BOUNDS_MODE_REJECT) {
      requireBounds();
    }
    account.countSessionSteps(
        batch.step(us, (parts, part) -> workers.share(parts, part, account::time)));
    step++;
    StepResponse answer = answer();
    lastAnswer = answer;
    return answer;
  }

  private void requireBounds() {
    Model model = batch.model;
    for (int i = 0; i < batch.size; i++) {
      for (int j = 0; j < model.nu && !batch.ignoresAction(i); j++) {
        double value = us[i * model.nu + j];
        if (value < model.lower[j] || value > model.upper[j]) {
          throw Errors.actionOutOfBounds(
              i, model.spec.action().get(j).name(), value, model.lower[j], model.upper[j]);
        }
      }
    }
  }

  private StepResponse answer() {
    StepResponse.Builder out =
        StepResponse.newBuilder()
            .setStep(step)
            .setStates(Codec.tensor(batch.xs, batch.size, batch.model.nx))
            .setCosts(Codec.tensor(batch.costs, batch.size))
            .setTerminated(Codec.tensor(batch.terminated))
            .setTruncated(Codec.tensor(batch.truncated));
    if (any(batch.diverged)) {
      out.setDiverged(Codec.tensor(batch.diverged));
    }
    if (any(batch.clipped)) {
      out.setClipped(Codec.tensor(batch.clipped));
    }
    for (EnvironmentBatch.Reset reset : batch.resets) {
      int i = reset.environment();
      Autoreset.Builder autoreset =
          Autoreset.newBuilder()
              .setEnvironment(i)
              .setSeed(batch.seeds[i])
              .setEpisode(batch.episodes[i]);
      if (reset.finalState().length > 0) {
        autoreset.setFinalState(Codec.tensor(reset.finalState(), batch.model.nx));
      }
      out.addResets(autoreset);
    }
    return out.build();
  }

  /** Copies environments out. */
  synchronized EnvironmentSnapshot snapshot(List<Integer> environments) {
    int[] indices = indices("environments", environments);
    int nx = batch.model.nx;
    EnvironmentSnapshot.Builder out =
        EnvironmentSnapshot.newBuilder()
            .setEnvironmentId(batch.model.spec.id())
            .setModelDigest(batch.model.spec.modelDigest());
    batch.model.spec.parameters().forEach(p -> out.putParameters(p.name(), p.value()));
    TensorBuffer states = new TensorBuffer(indices.length, nx);
    boolean[] finished = new boolean[indices.length];
    for (int row = 0; row < indices.length; row++) {
      int i = indices[row];
      requireStarted(i);
      states.put(batch.xs, i * nx, nx);
      finished[row] = batch.finished[i];
      out.addSeeds(batch.seeds[i])
          .addEpisodes(batch.episodes[i])
          .addEpisodeSteps(batch.episodeSteps[i]);
    }
    return out.setStates(states.finish()).setFinished(Codec.tensor(finished)).build();
  }

  /** Puts environments in. */
  synchronized void restore(RestoreRequest request) {
    EnvironmentSnapshot snapshot = request.getSnapshot();
    if (!request.hasSnapshot()) {
      throw Errors.missing("snapshot");
    }
    String digest = batch.model.spec.modelDigest();
    if (!snapshot.getModelDigest().equals(digest)) {
      throw Errors.snapshotModel(digest, snapshot.getModelDigest());
    }
    int[] indices = indices("environments", request.getEnvironmentsList());
    Set<Integer> seen = new TreeSet<>();
    for (int i : indices) {
      if (!seen.add(i)) {
        throw Errors.outOfRange("environments", i, "every index at most once");
      }
    }
    int nx = batch.model.nx;
    double[] states = Codec.doubles("snapshot.states", snapshot.getStates(), indices.length, nx);
    boolean[] finished =
        Codec.booleans("snapshot.finished", snapshot.getFinished(), indices.length);
    requireCount("snapshot.seeds", snapshot.getSeedsCount(), indices.length);
    requireCount("snapshot.episodes", snapshot.getEpisodesCount(), indices.length);
    requireCount("snapshot.episode_steps", snapshot.getEpisodeStepsCount(), indices.length);
    for (int row = 0; row < indices.length; row++) {
      // Read as unsigned; beyond the limit of an int no episode of this session would end.
      Errors.requireRange(
          "snapshot.episode_steps",
          Integer.toUnsignedLong(snapshot.getEpisodeSteps(row)),
          0,
          Integer.MAX_VALUE - 1L);
    }
    for (int row = 0; row < indices.length; row++) {
      int i = indices[row];
      System.arraycopy(states, row * nx, batch.xs, i * nx, nx);
      batch.seeds[i] = snapshot.getSeeds(row);
      batch.episodes[i] = snapshot.getEpisodes(row);
      batch.episodeSteps[i] = snapshot.getEpisodeSteps(row);
      batch.finished[i] = finished[row];
      batch.started[i] = true;
    }
  }

  /** A batch of copies of this session's environments, for another session. */
  synchronized EnvironmentBatch fork(List<Integer> environments, int maxEnvironments) {
    int[] indices = indices("environments", environments);
    Errors.requireRange("environments (their number)", indices.length, 1, maxEnvironments);
    EnvironmentBatch copy =
        new EnvironmentBatch(batch.model, indices.length, batch.autoreset, batch.maxEpisodeSteps);
    for (int row = 0; row < indices.length; row++) {
      requireStarted(indices[row]);
      copy.copy(row, batch, indices[row]);
    }
    return copy;
  }

  private void requireStarted(int i) {
    if (!batch.started[i]) {
      throw Errors.needsReset(i);
    }
  }

  private int[] indices(String field, List<Integer> given) {
    int[] indices = new int[given.isEmpty() ? batch.size : given.size()];
    for (int row = 0; row < indices.length; row++) {
      indices[row] = given.isEmpty() ? row : given.get(row);
      Errors.requireRange(field, indices[row], 0, batch.size - 1L);
    }
    return indices;
  }

  private static void requireCount(String field, int count, int expected) {
    if (count != expected) {
      throw Errors.outOfRange(field + " (their number)", count, Integer.toString(expected));
    }
  }

  private static boolean any(boolean[] flags) {
    for (boolean flag : flags) {
      if (flag) {
        return true;
      }
    }
    return false;
  }
}
