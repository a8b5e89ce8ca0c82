package io.gaitway.server.dmenv;

import static io.gaitway.server.dmenv.DmEnvConnection.ACTION;
import static io.gaitway.server.dmenv.DmEnvConnection.destroying;
import static io.gaitway.server.dmenv.DmEnvConnection.joining;
import static io.gaitway.server.dmenv.DmEnvConnection.number;
import static io.gaitway.server.dmenv.DmEnvConnection.observation;
import static io.gaitway.server.dmenv.DmEnvConnection.resetting;
import static io.gaitway.server.dmenv.DmEnvConnection.reward;
import static io.gaitway.server.dmenv.DmEnvConnection.stepping;
import static io.gaitway.server.dmenv.DmEnvConnection.text;
import static io.gaitway.server.dmenv.DmEnvConnection.unsigned;
import static io.gaitway.server.dmenv.DmEnvConnection.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.gaitway.proto.dmenv.v1.ActionObservationSpecs;
import io.gaitway.proto.dmenv.v1.CreateWorldRequest;
import io.gaitway.proto.dmenv.v1.DataType;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse.PayloadCase;
import io.gaitway.proto.dmenv.v1.EnvironmentStateType;
import io.gaitway.proto.dmenv.v1.JoinWorldRequest;
import io.gaitway.proto.dmenv.v1.StepResponse;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.proto.dmenv.v1.TensorSpec;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.Usage;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.usage.Accounts;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The interface of dm_env_rpc, in process: what its own compliance classes do not ask. */
class DmEnvTest {
  private static final int SESSIONS = 3;

  private Rig rig;

  private DmEnvConnection connection;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.inProcess(ServerOptions.defaults().withThreads(1).withMaxSessions(SESSIONS));
    connection = new DmEnvConnection(rig.channel);
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  @Test
  void aWorldHasTheBitsOfASession() {
    Session session =
        rig.environments
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setEnvironment(Rig.CART.toBuilder().putParameters("stiffness", 3))
                    .build())
            .getSession();
    ResetRequest seeded =
        ResetRequest.newBuilder().setSessionId(session.getId()).addSeeds(-1).build();
    ResetRequest next = ResetRequest.newBuilder().setSessionId(session.getId()).build();
    connection.join(
        connection.create(Map.of("seed", unsigned(-1), "parameters.stiffness", whole(3))));
    for (ResetRequest reset : List.of(seeded, next)) {
      StepResponse first = connection.step(Double.NaN, 99);
      assertEquals(EnvironmentStateType.RUNNING, first.getState());
      assertArrayEquals(Rig.doubles(rig.environments.reset(reset).getStates()), observation(first));
      assertEquals(0, reward(first));
      for (int t = 0; t < 20; t++) {
        StepResponse step = connection.step(Math.sin(t), 0.5);
        var expected = rig.environments.step(Rig.step(session, Math.sin(t), 0.5));
        assertArrayEquals(Rig.doubles(expected.getStates()), observation(step));
        assertEquals(-Rig.doubles(expected.getCosts())[0], reward(step));
      }
      assertEquals(PayloadCase.RESET, connection.send(resetting(Map.of())).getPayloadCase());
    }
  }

  @Test
  void theSpecsSayWhatThereIs() {
    String world = connection.create(Map.of());
    ActionObservationSpecs specs = connection.join(world).getSpecs();
    TensorSpec action = specs.getActionsOrThrow(ACTION);
    assertEquals("action", action.getName());
    assertEquals(DataType.DOUBLE, action.getDtype());
    assertEquals(List.of(2), action.getShapeList());
    assertEquals(List.of(-2.0, -1.0), action.getMin().getDoubles().getArrayList());
    assertEquals(List.of(2.0, 1.0), action.getMax().getDoubles().getArrayList());
    assertEquals(
        List.of("observation", "reward"),
        specs.getObservationsMap().values().stream().map(TensorSpec::getName).sorted().toList());
    connection.leave();
    EnvironmentRequest backwards =
        EnvironmentRequest.newBuilder()
            .setJoinWorld(
                JoinWorldRequest.newBuilder()
                    .setWorldName(world)
                    .putSettings("observe", text("velocity", "position")))
            .build();
    assertEquals(
        List.of(2),
        connection
            .send(backwards)
            .getJoinWorld()
            .getSpecs()
            .getObservationsOrThrow(DmEnvConnection.OBSERVATION)
            .getShapeList());
    double[] before = observation(connection.step(0, 0));
    double[] after = observation(connection.step(1, 1));
    assertEquals(
        before[1] + CartProvider.H * after[0], after[1], "the position follows the velocity");
  }

  @Test
  void withoutAnActionNothingPushes() {
    connection.join(connection.create(Map.of("seed", whole(4))));
    connection.step(0, 0);
    List<StepResponse> pushed = new ArrayList<>();
    List<StepResponse> left = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      pushed.add(connection.step(0, 0));
    }
    connection.send(resetting(Map.of("seed", whole(4))));
    connection.step(0, 0);
    for (int t = 0; t < 3; t++) {
      left.add(connection.send(stepping(Map.of())).getStep());
    }
    assertEquals(pushed, left);
  }

  @Test
  void anEpisodeTerminatesOrIsTruncatedAndTheNextBegins() {
    connection.join(
        connection.create(
            Map.of("parameters.stiffness", whole(0), "max_episode_steps", whole(30))));
    assertEquals(EnvironmentStateType.RUNNING, connection.step(2, 1).getState());
    StepResponse step = connection.step(2, 1);
    while (step.getState() == EnvironmentStateType.RUNNING) {
      step = connection.step(2, 1);
    }
    assertEquals(EnvironmentStateType.TERMINATED, step.getState());
    assertEquals(true, observation(step)[0] > 5);
    step = connection.step(2, 1);
    assertEquals(EnvironmentStateType.RUNNING, step.getState());
    assertEquals(true, observation(step)[0] < 5);
    for (int t = 1; t < 30; t++) {
      assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
    }
    assertEquals(EnvironmentStateType.INTERRUPTED, connection.step(0, 0).getState());
    assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
  }

  @Test
  void anotherConnectionInterruptsAnEpisode() {
    String world = connection.create(Map.of());
    connection.join(world);
    DmEnvConnection other = new DmEnvConnection(rig.channel);
    assertEquals(
        PayloadCase.RESET_WORLD,
        other.send(resetting(world, Map.of("seed", whole(5)))).getPayloadCase());
    StepResponse first = connection.step(0, 0);
    assertEquals(EnvironmentStateType.RUNNING, first.getState(), "none was under way");
    StepResponse second = connection.step(1, 1);
    other.send(resetting(world, Map.of()));
    other.send(resetting(world, Map.of("seed", whole(5))));
    StepResponse last = connection.step(1, 1);
    assertEquals(EnvironmentStateType.INTERRUPTED, last.getState());
    assertArrayEquals(observation(second), observation(last));
    assertEquals(0, reward(last));
    assertEquals(first, connection.step(1, 1));
    connection.step(1, 1);
    connection.send(resetting(world, Map.of("seed", whole(5))));
    assertEquals(first, connection.step(1, 1), "who asks for it is not told");
  }

  @Test
  void aWorldHasOneAgentAtATime() throws Exception {
    String world = connection.create(Map.of("seed", whole(1)));
    connection.join(world);
    StepResponse first = connection.step(0, 0);
    connection.step(1, 1);
    DmEnvConnection other = new DmEnvConnection(rig.channel);
    for (EnvironmentRequest request : List.of(joining(world), destroying(world))) {
      StatusRuntimeException fault = other.refused(request);
      assertEquals("WRONG_WORLD_STATE", Faults.info(fault).getReason());
      assertEquals(Status.Code.FAILED_PRECONDITION, fault.getStatus().getCode());
    }
    connection.breakOff();
    other.joinSoon(world);
    other.send(resetting(Map.of("seed", whole(1))));
    assertEquals(first, other.step(0, 0), "begins with an episode of its own");
    other.close();
    DmEnvConnection third = new DmEnvConnection(rig.channel);
    assertEquals(PayloadCase.DESTROY_WORLD, third.send(destroying(world)).getPayloadCase());
    assertEquals("SESSION_EXPIRED", Faults.info(third.refused(joining(world))).getReason());
  }

  @Test
  void worldsAreSessionsWithLeases() {
    List<String> worlds = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      worlds.add(connection.create(Map.of("lease_seconds", number(i == 0 ? 90.5 : 30))));
    }
    connection.join(worlds.get(0));
    EnvironmentRequest more =
        EnvironmentRequest.newBuilder()
            .setCreateWorld(
                CreateWorldRequest.newBuilder().putSettings("environment", text("cart")))
            .build();
    StatusRuntimeException full = connection.refused(more);
    assertEquals("CAPACITY_REACHED", Faults.info(full).getReason());
    assertEquals(30, Faults.retry(full).getRetryDelay().getSeconds());
    rig.advance(Duration.ofSeconds(60));
    connection.step(0, 0);
    assertEquals(
        List.of("world_name"), Faults.fields(connection.refused(destroying(worlds.get(1)))));
    String another = connection.create(Map.of());
    rig.advance(Duration.ofSeconds(90));
    assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
    rig.advance(Duration.ofSeconds(91));
    assertEquals(
        "SESSION_EXPIRED", Faults.info(connection.refused(stepping(Map.of()))).getReason());
    connection.leave();
    connection.join(another);
  }

  @Test
  void whatAnAccountUsesIsCounted() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(Accounts.HEADER, Metadata.ASCII_STRING_MARSHALLER), "dm");
    DmEnvConnection counted =
        new DmEnvConnection(
            ClientInterceptors.intercept(
                rig.channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
    counted.join(counted.create(Map.of()));
    for (int t = 0; t < 4; t++) {
      counted.step(0, 0);
    }
    Usage usage =
        UsageServiceGrpc.newBlockingStub(rig.channel)
            .getUsage(GetUsageRequest.newBuilder().setAccount("dm").build())
            .getUsage();
    assertEquals(3, usage.getSessionSteps(), "the first step starts the episode");
  }

  @Test
  void drainingEndsTheConnection() throws Exception {
    connection.join(connection.create(Map.of()));
    rig.server.drain();
    StatusRuntimeException fault = connection.failure();
    assertEquals(Status.Code.UNAVAILABLE, fault.getStatus().getCode());
    assertEquals("DRAINING", Faults.info(fault).getReason());
  }

  @Test
  void aMessageThatIsTooLargeEndsTheConnectionAndLeavesTheWorld() throws Exception {
    String world = connection.create(Map.of());
    connection.join(world);
    Tensor large =
        Tensor.newBuilder()
            .setInt8S(
                Tensor.Int8Array.newBuilder()
                    .setArray(
                        ByteString.copyFrom(new byte[ServerOptions.defaults().maxMessageBytes()])))
            .build();
    connection.post(stepping(Map.of(ACTION, large)));
    assertEquals("MESSAGE_TOO_LARGE", Faults.info(connection.failure()).getReason());
    new DmEnvConnection(rig.channel).join(world);
  }
}
