package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.server.call.ServerOptions;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A server that is asked for bad things over TCP, and must be healthy afterwards. */
abstract class BadInput {
  static final int SESSIONS = 8;

  static Rig rig;

  /** A session of two carts that was reset and stepped three times. */
  static Session session;

  @BeforeAll
  static void start() throws IOException {
    rig = Rig.tcp(ServerOptions.defaults().withThreads(2).withMaxSessions(SESSIONS));
    session =
        rig.session(
            CreateSessionRequest.newBuilder()
                .setNumEnvironments(2)
                .setAutoresetMode(AutoresetMode.AUTORESET_MODE_DISABLED));
    for (int t = 0; t < 3; t++) {
      assertNotNull(rig.environments.step(Rig.step(session, 0, 0, 0, 0)));
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    rig.close();
  }

  static void requireHealthy() {
    assertEquals(
        ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(rig.channel)
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus());
    // Make room: what the row created runs out of its lease; the session under test is renewed.
    for (int minute = 0; minute < 6; minute++) {
      rig.advance(java.time.Duration.ofMinutes(1));
      assertNotNull(snapshot(rig));
    }
    // The session is where it was, and its environments go on as if nothing had been asked.
    EnvironmentSnapshot before = snapshot(rig);
    Session fork =
        rig.environments
            .fork(ForkRequest.newBuilder().setSessionId(session.getId()).build())
            .getSession();
    assertEquals(1, rig.environments.step(Rig.step(fork, 0, 0, 0, 0)).getStep());
    assertEquals(before, snapshot(rig));
    assertEquals(3, rig.find(session).getStep());
    assertTrue(
        rig
            .catalog
            .listEnvironments(ListEnvironmentsRequest.getDefaultInstance())
            .getEnvironmentsList()
            .stream()
            .anyMatch(spec -> spec.getId().equals("cart")));
  }

  static EnvironmentSnapshot snapshot(Rig r) {
    return r.environments
        .snapshot(SnapshotRequest.newBuilder().setSessionId(session.getId()).build())
        .getSnapshot();
  }

  static ByteString bytes(int count) {
    return ByteString.copyFrom(new byte[count]);
  }
}
