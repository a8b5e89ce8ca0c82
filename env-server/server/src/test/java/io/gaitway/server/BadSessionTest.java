package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.Duration;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.Session;
import io.grpc.Status;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Bad requests to sessions, and bad snapshots. */
class BadSessionTest extends BadInputTable {
  static Stream<Row> rows() {
    return Stream.of(sessionRows(), snapshotRows()).flatMap(rows -> rows);
  }

  private static Stream<Row> sessionRows() {
    return Stream.of(
        row("no session", step(b -> b.setSessionId("")), "FIELD_MISSING", "session_id", Map.of()),
        row(
            "a session that never was",
            step(b -> b.setSessionId("AAAAAAAAAAAAAAAAAAAAAA")),
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of("session", "AAAAAAAA…")),
        row(
            "a session's id guessed in part",
            r -> {
              String id = session.getId();
              char last = id.charAt(id.length() - 1);
              String guess = id.substring(0, id.length() - 1) + (last == 'A' ? 'Q' : 'A');
              r.environments.getSession(GetSessionRequest.newBuilder().setSessionId(guess).build());
            },
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of()),
        row(
            "a stale session",
            r -> {
              Session stale =
                  r.session(
                      CreateSessionRequest.newBuilder()
                          .setLease(Duration.newBuilder().setSeconds(1)));
              r.advance(java.time.Duration.ofSeconds(1));
              r.environments.step(Rig.step(stale, 0, 0));
            },
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of()),
        row(
            "a step too early",
            step(b -> b.setExpectedStep(4)),
            Status.Code.ABORTED,
            "STEP_OUT_OF_ORDER",
            null,
            Map.of("expected_step", "4", "session_step", "3")),
        row(
            "a step that was another one",
            step(
                b ->
                    b.setExpectedStep(1).setActions(Rig.tensor(new double[] {0.5, 0, 0, 0}, 2, 2))),
            Status.Code.ABORTED,
            "STEP_OUT_OF_ORDER",
            null,
            Map.of("expected_step", "1", "session_step", "3")),
        row(
            "a step before the first reset",
            r -> {
              Session fresh = r.environments.createSession(create().build()).getSession();
              r.environments.step(Rig.step(fresh, 0, 0));
            },
            Status.Code.FAILED_PRECONDITION,
            "NEEDS_RESET",
            null,
            Map.of("environment", "0")),
        row(
            "too many environments",
            r -> r.environments.createSession(create().setNumEnvironments(100_000).build()),
            "FIELD_OUT_OF_RANGE",
            "num_environments",
            Map.of("value", "100000", "allowed", "0 to 1024")),
        row(
            "fewer than no environments",
            r -> r.environments.createSession(create().setNumEnvironments(-1).build()),
            "FIELD_OUT_OF_RANGE",
            "num_environments",
            Map.of("value", "-1")),
        row(
            "an endless lease",
            r ->
                r.environments.createSession(
                    create().setLease(Duration.newBuilder().setSeconds(Long.MAX_VALUE)).build()),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of("allowed", "more than 0 s, at most 86400 s")),
        row(
            "a lease in the past",
            r ->
                r.environments.renewSession(
                    RenewSessionRequest.newBuilder()
                        .setSessionId(session.getId())
                        .setLease(Duration.newBuilder().setSeconds(-5))
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of()),
        row(
            "an unknown mode",
            r -> r.environments.createSession(create().setAutoresetModeValue(9).build()),
            "FIELD_OUT_OF_RANGE",
            "autoreset_mode",
            Map.of("value", "9")),
        row(
            "more sessions than there is room for",
            r -> {
              for (int i = 0; i < SESSIONS + 1; i++) {
                assertNotNull(r.environments.createSession(create().build()));
              }
            },
            Status.Code.RESOURCE_EXHAUSTED,
            "CAPACITY_REACHED",
            null,
            Map.of("resource", "sessions", "limit", "8")),
        row(
            "a mask of the wrong length",
            reset(b -> b.setMask(Rig.flags(1, 0, 1))),
            "TENSOR_SHAPE_MISMATCH",
            "mask",
            Map.of("expected", "(2)", "actual", "(3)")),
        row(
            "a mask of numbers",
            reset(b -> b.setMask(Rig.tensor(new double[] {1, 0}, 2))),
            "TENSOR_TYPE_MISMATCH",
            "mask",
            Map.of("expected", "DATA_TYPE_BOOL")),
        row(
            "a mask that is neither",
            reset(b -> b.setMask(Rig.flags(1, 2))),
            "FIELD_OUT_OF_RANGE",
            "mask",
            Map.of("value", "2")),
        row(
            "the wrong number of seeds",
            reset(b -> b.addSeeds(1)),
            "FIELD_OUT_OF_RANGE",
            "seeds (their number)",
            Map.of("value", "1", "allowed", "0 or 2")),
        row(
            "initial states that are not finite",
            reset(b -> b.setStates(Rig.tensor(new double[] {0, 0, 0, INF}, 2, 2))),
            "NON_FINITE_INPUT",
            "states",
            Map.of("index", "3")));
  }

  private static Stream<Row> snapshotRows() {
    return Stream.of(
        row(
            "a snapshot of another model",
            restore(b -> b.setModelDigest("digest-2.0")),
            Status.Code.FAILED_PRECONDITION,
            "SNAPSHOT_MODEL_MISMATCH",
            "snapshot.model_digest",
            Map.of("expected", "digest-1.0", "actual", "digest-2.0")),
        row(
            "a snapshot of fewer environments",
            restore(b -> b.setStates(Rig.tensor(new double[2], 1, 2))),
            "TENSOR_SHAPE_MISMATCH",
            "snapshot.states",
            Map.of("expected", "(2, 2)", "actual", "(1, 2)")),
        row(
            "a snapshot with a NaN",
            restore(b -> b.setStates(Rig.tensor(new double[] {0, NAN, 0, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "snapshot.states",
            Map.of("index", "1")),
        row(
            "a snapshot without its random state",
            restore(b -> b.clearSeeds()),
            "FIELD_OUT_OF_RANGE",
            "snapshot.seeds (their number)",
            Map.of("value", "0", "allowed", "2")),
        row(
            "a snapshot from beyond time",
            restore(b -> b.setEpisodeSteps(1, -1)),
            "FIELD_OUT_OF_RANGE",
            "snapshot.episode_steps",
            Map.of("value", "4294967295")),
        row(
            "a snapshot with costs of actions that the model does not charge",
            restore(b -> b.addActionCosts(1).addActionCosts(1)),
            "FIELD_OUT_OF_RANGE",
            "snapshot.action_costs (their number)",
            Map.of("value", "2", "allowed", "0")),
        row(
            "no snapshot",
            r ->
                r.environments.restore(
                    RestoreRequest.newBuilder().setSessionId(session.getId()).build()),
            "FIELD_MISSING",
            "snapshot",
            Map.of()),
        row(
            "a fork of an environment that is not there",
            r ->
                r.environments.fork(
                    ForkRequest.newBuilder()
                        .setSessionId(session.getId())
                        .addEnvironments(2)
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "environments",
            Map.of("value", "2", "allowed", "0 to 1")));
  }

  private static Consumer<Rig> reset(Consumer<ResetRequest.Builder> change) {
    return r -> {
      ResetRequest.Builder request = ResetRequest.newBuilder().setSessionId(session.getId());
      change.accept(request);
      r.environments.reset(request.build());
    };
  }

  private static Consumer<Rig> restore(Consumer<EnvironmentSnapshot.Builder> change) {
    return r -> {
      EnvironmentSnapshot.Builder snapshot = snapshot(r).toBuilder();
      change.accept(snapshot);
      r.environments.restore(
          RestoreRequest.newBuilder().setSessionId(session.getId()).setSnapshot(snapshot).build());
    };
  }

  private static CreateSessionRequest.Builder create() {
    return CreateSessionRequest.newBuilder().setEnvironment(Rig.CART);
  }
}
