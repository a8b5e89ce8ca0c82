package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.access.Caller;
import io.gaitway.server.access.Principal;
import io.gaitway.server.call.Workers;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.TensorBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Sessions in the messages of {@code gaitway.v1}: what requests ask of them, and their answers. */
final class SessionMessages {
  private SessionMessages() {}

  /** Reads what kind of session a request asks for; a lease too is checked. */
  static SessionPlan plan(Sessions sessions, CreateSessionRequest request) {
    Errors.requireRange(
        "num_environments", request.getNumEnvironments(), 0, sessions.maxEnvironments());
    Errors.requireRange("max_episode_steps", request.getMaxEpisodeSteps(), 0, Integer.MAX_VALUE);
    AutoresetMode autoreset =
        Errors.requireKnown(
            "autoreset_mode", request.getAutoresetMode(), request.getAutoresetModeValue());
    if (autoreset == AutoresetMode.AUTORESET_MODE_UNSPECIFIED) {
      autoreset = AutoresetMode.AUTORESET_MODE_NEXT_STEP;
    }
    BoundsMode bounds =
        Errors.requireKnown("bounds_mode", request.getBoundsMode(), request.getBoundsModeValue());
    if (bounds == BoundsMode.BOUNDS_MODE_UNSPECIFIED) {
      bounds = BoundsMode.BOUNDS_MODE_REJECT;
    }
    return new SessionPlan(
        Math.max(1, request.getNumEnvironments()),
        autoreset,
        bounds,
        request.getMaxEpisodeSteps(),
        request.hasLease() ? lease(sessions, request.getLease()) : sessions.defaultLease());
  }

  /** Reads a lease asked for. */
  static Duration lease(Sessions sessions, com.google.protobuf.Duration asked) {
    return sessions.lease(asked.getSeconds(), asked.getNanos());
  }

  /** Describes the session. */
  static Session describe(Sessions sessions, LiveSession session) {
    synchronized (session) {
      EnvironmentBatch batch = session.batch;
      return Session.newBuilder()
          .setId(session.id)
          .setEnvironment(batch.model.message)
          .setNumEnvironments(batch.size)
          .setAutoresetMode(batch.autoreset)
          .setBoundsMode(session.bounds)
          .setMaxEpisodeSteps(batch.maxEpisodeSteps)
          .setLease(Codec.duration(session.lease()))
          .setExpireTime(Codec.timestamp(sessions.expireTime(session)))
          .setStep(session.step())
          .setResets(session.resets())
          .setAnswerWindow(session.answers.capacity())
          .build();
    }
  }

  /** Carries out a Reset, or repeats the answer that it had. */
  static ResetResponse reset(LiveSession session, ResetRequest request) {
    synchronized (session) {
      int asked = request.toBuilder().clearSessionId().clearExpectedReset().build().hashCode();
      long number = session.resets();
      if (request.hasExpectedReset() && request.getExpectedReset() != number) {
        ResetResponse kept = session.answers.reset(request.getExpectedReset(), asked);
        if (kept == null) {
          throw Errors.resetOutOfOrder(request.getExpectedReset(), number);
        }
        return kept;
      }
      ResetResponse answer = carryOut(session, request);
      session.answers.add(false, number, asked, answer);
      return answer;
    }
  }

  private static ResetResponse carryOut(LiveSession session, ResetRequest request) {
    EnvironmentBatch batch = session.batch;
    int n = batch.size;
    int nx = batch.model.nx;
    boolean[] mask = request.hasMask() ? Codec.booleans("mask", request.getMask(), n) : null;
    int seeds = request.getSeedsCount();
    if (seeds != 0 && seeds != n) {
      throw Errors.outOfRange("seeds (their number)", seeds, "0 or " + n);
    }
    double[] states =
        request.hasStates() ? Codec.doubles("states", request.getStates(), n, nx) : null;
    session.reset(
        mask,
        seeds == 0 ? null : request.getSeedsList().stream().mapToLong(seed -> seed).toArray(),
        states);
    return ResetResponse.newBuilder()
        .setStates(Codec.tensor(batch.xs, n, nx))
        .addAllSeeds(Codec.list(batch.seeds))
        .addAllEpisodes(Codec.list(batch.episodes))
        .build();
  }

  /** Carries out a Step and counts it for {@code account}, or repeats the answer that it had. */
  static StepResponse step(
      LiveSession session, StepRequest request, Account account, Workers workers) {
    synchronized (session) {
      long number = session.step();
      if (request.hasExpectedStep() && request.getExpectedStep() != number) {
        return repeat(session, request);
      }
      EnvironmentBatch batch = session.batch;
      Codec.doublesInto("actions", request.getActions(), session.us, batch.size, batch.model.nu);
      int asked = Arrays.hashCode(session.us);
      session.step(session.us, account, workers);
      StepResponse answer = batch.form.answer(batch, session.step(), request.getWithCostTerms());
      session.answers.add(true, number, asked, answer);
      return answer;
    }
  }

  private static StepResponse repeat(LiveSession session, StepRequest request) {
    EnvironmentBatch batch = session.batch;
    double[] us = Codec.doubles("actions", request.getActions(), batch.size, batch.model.nu);
    long number = request.getExpectedStep();
    StepResponse kept = session.answers.step(number, Arrays.hashCode(us));
    if (kept == null) {
      throw Errors.stepOutOfOrder(number, session.step());
    }
    return kept;
  }

  /** Copies environments out, at most {@code most} rows of them. */
  static EnvironmentSnapshot snapshot(LiveSession session, List<Integer> environments, int most) {
    synchronized (session) {
      EnvironmentBatch batch = session.batch;
      Errors.requireRange("environments (their number)", environments.size(), 0, most);
      int[] indices = session.indices("environments", environments);
      int nx = batch.model.nx;
      EnvironmentSnapshot.Builder out =
          EnvironmentSnapshot.newBuilder()
              .setEnvironmentId(batch.model.spec.id())
              .setModelDigest(batch.model.spec.modelDigest());
      batch.model.spec.parameters().forEach(p -> out.putParameters(p.name(), p.value()));
      Principal taker = Caller.ofCall().principal();
      if (taker.isSomebody()) {
        out.setOwner(taker.name());
      }
      TensorBuffer states = new TensorBuffer(indices.length, nx);
      boolean[] finished = new boolean[indices.length];
      for (int row = 0; row < indices.length; row++) {
        int i = indices[row];
        session.requireStarted(i);
        states.put(batch.xs, i * nx, nx);
        finished[row] = batch.finished[i];
        out.addSeeds(batch.seeds[i])
            .addEpisodes(batch.episodes[i])
            .addEpisodeSteps(batch.episodeSteps[i]);
        if (batch.model.spec.terminationChargesActions()) {
          out.addActionCosts(batch.actionCosts[i]);
        }
      }
      return out.setStates(states.finish()).setFinished(Codec.tensor(finished)).build();
    }
  }

  /** Puts environments in. */
  static void restore(LiveSession session, RestoreRequest request) {
    synchronized (session) {
      EnvironmentBatch batch = session.batch;
      EnvironmentSnapshot snapshot = request.getSnapshot();
      if (!request.hasSnapshot()) {
        throw Errors.missing("snapshot");
      }
      if (!snapshot.getOwner().isEmpty()
          && !Caller.ofCall().principal().mayUse(snapshot.getOwner())) {
        throw Errors.snapshotOfAnother(snapshot.getOwner());
      }
      String digest = batch.model.spec.modelDigest();
      if (!snapshot.getModelDigest().equals(digest)) {
        throw Errors.snapshotModel(digest, snapshot.getModelDigest());
      }
      int[] indices = session.indices("environments", request.getEnvironmentsList());
      Set<Integer> seen = new TreeSet<>();
      for (int i : indices) {
        if (!seen.add(i)) {
          throw Errors.outOfRange(
              "environments",
              i,
              "every index at most once",
              "names environment %d twice".formatted(i));
        }
      }
      int nx = batch.model.nx;
      double[] states = Codec.doubles("snapshot.states", snapshot.getStates(), indices.length, nx);
      boolean[] finished =
          Codec.booleans("snapshot.finished", snapshot.getFinished(), indices.length);
      requireCount("snapshot.seeds", snapshot.getSeedsCount(), indices.length);
      requireCount("snapshot.episodes", snapshot.getEpisodesCount(), indices.length);
      requireCount("snapshot.episode_steps", snapshot.getEpisodeStepsCount(), indices.length);
      boolean charged = batch.model.spec.terminationChargesActions();
      requireCount(
          "snapshot.action_costs", snapshot.getActionCostsCount(), charged ? indices.length : 0);
      double[] actionCosts =
          snapshot.getActionCostsList().stream().mapToDouble(Double::doubleValue).toArray();
      Codec.requireFinite("snapshot.action_costs", actionCosts, actionCosts.length);
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
        batch.actionCosts[i] = charged ? actionCosts[row] : 0;
        batch.finished[i] = finished[row];
        batch.started[i] = true;
      }
    }
  }

  private static void requireCount(String field, int count, int expected) {
    if (count != expected) {
      throw Errors.outOfRange(field + " (their number)", count, Integer.toString(expected));
    }
  }
}
