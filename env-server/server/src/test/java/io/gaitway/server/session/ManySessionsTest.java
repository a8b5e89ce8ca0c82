package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc.EnvironmentServiceBlockingStub;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand sessions at a time, stepped in turn over several connections. */
@Timeout(120)
class ManySessionsTest {
  private static final int SESSIONS = 1000;

  @Test
  void allAreSteppedAndAllGoWithTheirLeases() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults().withThreads(2).withMaxSessions(SESSIONS))) {
      List<ManagedChannel> channels =
          Stream.generate(
                  () ->
                      NettyChannelBuilder.forAddress("127.0.0.1", rig.server.port())
                          .usePlaintext()
                          .build())
              .limit(8)
              .map(ManagedChannel.class::cast)
              .toList();
      List<EnvironmentServiceBlockingStub> stubs =
          channels.stream().map(EnvironmentServiceGrpc::newBlockingStub).toList();
      CreateSessionRequest.Builder request = CreateSessionRequest.newBuilder();
      List<Session> sessions =
          IntStream.range(0, SESSIONS).mapToObj(i -> rig.session(request)).toList();
      for (int t = 1; t <= 3; t++) {
        for (int i = 0; i < SESSIONS; i++) {
          assertEquals(
              t, stubs.get(i % stubs.size()).step(Rig.step(sessions.get(i), 1, 0)).getStep());
        }
      }
      StatusRuntimeException full =
          Assertions.assertThrows(StatusRuntimeException.class, () -> rig.session(request));
      assertEquals("CAPACITY_REACHED", Faults.info(full).getReason());
      rig.advance(Duration.ofMinutes(4));
      Session used = sessions.get(7);
      rig.environments.step(Rig.step(used, 1, 0));
      rig.advance(Duration.ofMinutes(4));
      for (int i = 1; i < SESSIONS; i++) {
        rig.session(request);
      }
      Assertions.assertThrows(StatusRuntimeException.class, () -> rig.session(request));
      assertEquals(4, rig.find(used).getStep());
      channels.forEach(ManagedChannel::shutdownNow);
    }
  }
}
