package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.AddEnvironmentResponse;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.TextFile;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Environments that callers bring as files. */
class AddedEnvironmentTest {
  private static final String ROBOT =
      """
      <mujoco>
        <include file="cart.xml"/>
        <worldbody>
          <geom type="plane" size="1 1 1" solref="0.1 1"/>
        </worldbody>
        <actuator><motor name="push" joint="rail"/></actuator>
      </mujoco>
      """;

  private static final String CART =
      """
      <mujoco>
        <worldbody>
          <body name="cart" pos="0 0 1">
            <joint name="rail" type="slide" axis="1 0 0"/>
            <geom type="sphere" size="0.1" mass="2"/>
          </body>
        </worldbody>
      </mujoco>
      """;

  private static final String TASK =
      """
      robot: robot.xml
      parameters:
        place: {value: 0, range: [-1, 1]}
      dt: 0.05
      horizon: 20
      cost:
        at: {of: {x: cart}, target: $place}
      reward:
        alive: {of: one, penalty: linear, weight: 3}
        push: {of: actions, weight: -2}
      """;

  private static TextFile file(String name, String text) {
    return TextFile.newBuilder().setName(name).setText(text).build();
  }

  private static AddEnvironmentRequest.Builder request() {
    return AddEnvironmentRequest.newBuilder()
        .setName("rail")
        .setRobot(file("robot.xml", ROBOT))
        .addIncluded(file("cart.xml", CART))
        .setTask(file("rail.yaml", TASK));
  }

  private static AddEnvironmentRequest task(String there, String instead) {
    return request().setTask(file("rail.yaml", TASK.replace(there, instead))).build();
  }

  private static Session session(Rig rig, String id) {
    Session session =
        rig.environments
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setEnvironment(EnvironmentRef.newBuilder().setId(id))
                    .setNumEnvironments(1)
                    .build())
            .getSession();
    rig.environments.reset(
        ResetRequest.newBuilder().setSessionId(session.getId()).addSeeds(1).build());
    return session;
  }

  private static StepResponse step(Rig rig, Session session, double action) {
    return rig.environments.step(
        StepRequest.newBuilder()
            .setSessionId(session.getId())
            .setActions(Rig.tensor(new double[] {action}, 1, 1))
            .build());
  }

  private static EnvironmentSpec find(Rig rig, String id, double place) {
    return rig.catalog
        .getEnvironment(
            GetEnvironmentRequest.newBuilder()
                .setEnvironment(EnvironmentRef.newBuilder().setId(id).putParameters("place", place))
                .build())
        .getEnvironment();
  }

  @Test
  void itIsAnEnvironmentLikeOthersForWhoKnowsItsId() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      AddEnvironmentResponse added = rig.catalog.addEnvironment(request().build());
      String id = added.getEnvironment().getId();
      assertTrue(id.matches("rail@[0-9a-f]{16}"), id);
      assertEquals(1, added.getWarningsCount(), added.getWarningsList()::toString);
      assertTrue(added.getWarnings(0).startsWith("robot.xml:4: "), added.getWarnings(0));
      assertEquals(0.05, find(rig, id, 0.5).getDt());
      assertTrue(
          rig
              .catalog
              .listEnvironments(ListEnvironmentsRequest.getDefaultInstance())
              .getEnvironmentsList()
              .stream()
              .noneMatch(environment -> environment.getId().startsWith("rail")));
      assertEquals(
          3 - 2 * 0.25,
          step(rig, session(rig, id), 0.5)
              .getRewards()
              .getData()
              .asReadOnlyByteBuffer()
              .order(ByteOrder.LITTLE_ENDIAN)
              .getDouble());
      assertFalse(step(rig, session(rig, "pendulum"), 0.5).hasRewards());
    }
  }

  @Test
  void theIdIsTheFiles() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      AddEnvironmentResponse first = rig.catalog.addEnvironment(request().build());
      assertEquals(first, rig.catalog.addEnvironment(request().build()));
      for (AddEnvironmentRequest other :
          new AddEnvironmentRequest[] {
            task("0.05", "0.04"),
            request().setRobot(file("robot.xml", ROBOT + " ")).build(),
            request().setIncluded(0, file("cart.xml", CART.replace("2", "3"))).build()
          }) {
        assertNotEquals(
            first.getEnvironment().getId(),
            rig.catalog.addEnvironment(other).getEnvironment().getId());
      }
    }
  }

  @Test
  void whatIsWrongIsSaidWithFileAndLine() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      refused(rig, request().setName("My robot").build(), "FIELD_OUT_OF_RANGE", "name");
      refused(rig, request().clearRobot().build(), "FIELD_MISSING", "robot");
      refused(rig, request().clearTask().build(), "FIELD_MISSING", "task");
      refused(
          rig,
          request().addIncluded(file("cart.xml", CART)).build(),
          "FIELD_OUT_OF_RANGE",
          "included[1].name");
      refused(
          rig,
          request().addIncluded(file("large.xml", "x".repeat(1 << 20))).build(),
          "FIELD_OUT_OF_RANGE",
          "1048576");
      refused(rig, request().clearIncluded().build(), "INVALID_ROBOT", "robot.xml:2: ");
      refused(
          rig,
          request().setIncluded(0, file("cart.xml", CART.replace("\"slide\"", "\"ball\""))).build(),
          "INVALID_ROBOT",
          "cart.xml:4: ");
      refused(rig, task("horizon", "horizont"), "INVALID_TASK", "rail.yaml, line 5: 'horizont'");
      refused(rig, task("{x: cart}", "{x: car}"), "INVALID_TASK", "rail.yaml, line 7: ");
    }
  }

  private static void refused(
      Rig rig, AddEnvironmentRequest request, String reason, String message) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> rig.catalog.addEnvironment(request));
    assertEquals(reason, Faults.info(e).getReason());
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
  }

  @Test
  void theOneUsedLongestAgoMakesRoom() throws Exception {
    int most = ServerOptions.defaults().maxAddedEnvironments();
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i <= most; i++) {
        AddEnvironmentRequest another = task("0.05", "0.0" + (100 + i));
        ids.add(rig.catalog.addEnvironment(another).getEnvironment().getId());
        find(rig, ids.get(0), 0.1);
      }
      assertEquals(0.01, find(rig, ids.get(0), 0.7).getDt(), "it was used all the time");
      assertEquals(0.0102, find(rig, ids.get(2), 0.7).getDt());
      StatusRuntimeException e =
          assertThrows(StatusRuntimeException.class, () -> find(rig, ids.get(1), 0.7));
      assertEquals("UNKNOWN_ENVIRONMENT", Faults.info(e).getReason());
    }
  }

  private static Rig server(Path sessions) throws IOException {
    String name = InProcessServerBuilder.generateName();
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .sessions(sessions)
            .start(InProcessServerBuilder.forName(name));
    return Rig.on(server, InProcessChannelBuilder.forName(name).directExecutor());
  }

  @Test
  void itsSessionsSurviveARestart(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("sessions");
    Session session;
    StepResponse without;
    try (Rig rig = server(file)) {
      String id = rig.catalog.addEnvironment(request().build()).getEnvironment().getId();
      session = session(rig, id);
      Session twin = session(rig, id);
      step(rig, session, 0.5);
      step(rig, twin, 0.5);
      without = step(rig, twin, 0.25);
    }
    try (Rig rig = server(file)) {
      assertEquals(without, step(rig, session, 0.25));
    }
  }
}
