package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.GetStatusRequest;
import io.gaitway.proto.v1.GetStatusResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.catalog.ServerVersion;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server says of itself. */
@Timeout(60)
class StatusTest {
  @Test
  void theStatusTellsLoadAndLimits() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults().withMaxSessions(7))) {
      GetStatusResponse idle = status(rig);
      assertEquals(0, idle.getLoad().getSessions());
      assertEquals(7, idle.getLimits().getMaxSessions());
      assertFalse(idle.getDraining());
      Session session = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(3));
      rig.environments.step(Rig.step(session, new double[6]));
      GetStatusResponse busy = status(rig);
      assertEquals(1, busy.getLoad().getSessions());
      assertEquals(3, busy.getLoad().getEnvironments());
      assertEquals(3, busy.getLoad().getSessionSteps());
      assertTrue(busy.getLoad().getRunningCalls() >= 1, "its own call runs");
      assertTrue(busy.getLoad().getHeapBytes() > 0);
      assertTrue(busy.getUptimeSeconds() > idle.getUptimeSeconds());
      rig.server.drain();
      assertTrue(status(rig).getDraining());
    }
  }

  @Test
  void aMethodOfNewerClientsIsRefusedWithTheVersion() throws Exception {
    MethodDescriptor<GetStatusRequest, GetStatusResponse> newer =
        AdminServiceGrpc.getGetStatusMethod().toBuilder()
            .setFullMethodName("gaitway.v1.AdminService/GetWeather")
            .build();
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  ClientCalls.blockingUnaryCall(
                      rig.channel,
                      newer,
                      CallOptions.DEFAULT,
                      GetStatusRequest.getDefaultInstance()));
      assertEquals(Status.Code.UNIMPLEMENTED, refused.getStatus().getCode());
      assertEquals(
          ServerVersion.NAME + " does not offer gaitway.v1.AdminService/GetWeather",
          refused.getStatus().getDescription());
    }
  }

  private static GetStatusResponse status(Rig rig) {
    return AdminServiceGrpc.newBlockingStub(rig.channel)
        .getStatus(GetStatusRequest.getDefaultInstance());
  }
}
