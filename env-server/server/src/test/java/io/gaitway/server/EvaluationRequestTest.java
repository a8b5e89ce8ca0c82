package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static io.gaitway.server.EvaluationRig.VARIED;
import static io.gaitway.server.EvaluationRig.WILD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.gaitway.proto.v1.ListSuitesRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.access.Access;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.wire.Codec;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What may be asked about evaluations, by whom, and the leaderboard. */
@Timeout(60)
class EvaluationRequestTest {
  @TempDir Path folder = Path.of("unset");

  private static ServingStatus health(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(
            HealthCheckRequest.newBuilder().setService(EvaluationServiceGrpc.SERVICE_NAME).build())
        .getStatus();
  }

  private static List<Evaluation> leaderboard(EvaluationRig rig, String suite) {
    return rig.evaluations
        .listEvaluations(ListEvaluationsRequest.newBuilder().setSuite(suite).build())
        .getEvaluationsList();
  }

  @Test
  void theLeaderboardHasTheBestFirst() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController failing = rig.attach(rig.create(request("faulty")));
      failing.answer(failing.round().getRound(), Tensor.getDefaultInstance());
      failing.fault();
      TestController wild = rig.attach(rig.create(WILD, 0));
      wild.finish();
      String idle = rig.create(request("idle"));
      TestController lazy = rig.attach(idle);
      for (int t = 0; t < HORIZON; t++) {
        lazy.answer(lazy.round().getRound(), Rig.tensor(new double[2 * EPISODES], EPISODES, 2));
      }
      lazy.requireEnd();
      rig.attach(rig.create(request("good"))).finish();
      rig.attach(rig.create(request("unfinished"))).round();
      rig.attach(rig.create(VARIED, 0)).finish();
      assertEquals(
          List.of("good", "idle"),
          leaderboard(rig, "plain").stream().map(Evaluation::getController).toList());
      assertEquals(3, leaderboard(rig, "").size());
      for (Evaluation evaluation : leaderboard(rig, "")) {
        assertEquals("", evaluation.getId());
        assertTrue(evaluation.hasEndTime());
        assertTrue(evaluation.hasScore());
      }
      assertRefused(
          Status.Code.NOT_FOUND,
          "UNKNOWN_SUITE",
          "there is no suite 'none'; known: plain, varied, wild",
          () -> leaderboard(rig, "none"));
    }
  }

  @Test
  void theLeaderboardComesInParts() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      for (int i = 0; i < 5; i++) {
        rig.attach(rig.create(request("c" + i))).finish();
      }
      List<String> controllers = new ArrayList<>();
      ListEvaluationsRequest.Builder request =
          ListEvaluationsRequest.newBuilder().setSuite("plain").setPageSize(2);
      ListEvaluationsResponse part;
      do {
        part = rig.evaluations.listEvaluations(request.build());
        assertTrue(part.getEvaluationsCount() <= 2);
        part.getEvaluationsList().forEach(each -> controllers.add(each.getController()));
        request.setPageToken(part.getNextPageToken());
      } while (!part.getNextPageToken().isEmpty());
      assertEquals(
          leaderboard(rig, "plain").stream().map(Evaluation::getController).toList(), controllers);
      assertEquals(5, controllers.size());
      assertRefused(
          Status.Code.INVALID_ARGUMENT,
          "FIELD_OUT_OF_RANGE",
          "page_token must be empty, or what the page before gave for this suite, but is 'x'",
          () -> rig.evaluations.listEvaluations(request.setPageToken("x").build()));
      assertRefused(
          Status.Code.INVALID_ARGUMENT,
          "FIELD_OUT_OF_RANGE",
          "page_size must be between 0 and 2147483647, but is -1",
          () -> rig.evaluations.listEvaluations(request.setPageSize(-1).build()));
    }
  }

  private static CreateEvaluationRequest.Builder request(String controller) {
    return CreateEvaluationRequest.newBuilder().setSuite("plain").setController(controller);
  }

  private static void assertRefused(
      Status.Code code, String reason, String message, Executable call) {
    assertRefusal(code, reason, message, assertThrows(StatusRuntimeException.class, call));
  }

  private static void assertRefusal(
      Status.Code code, String reason, String message, StatusRuntimeException fault) {
    assertEquals(code, fault.getStatus().getCode());
    assertEquals(reason, Faults.info(fault).getReason());
    assertEquals(message, fault.getStatus().getDescription());
  }

  static Stream<Arguments> badRequests() {
    return Stream.of(
        Arguments.of(
            request("x").setSuite("none"),
            "UNKNOWN_SUITE",
            "there is no suite 'none'; known: plain, varied, wild"),
        Arguments.of(request("x").clearSuite(), "FIELD_MISSING", "suite is missing"),
        Arguments.of(request(""), "FIELD_MISSING", "controller is missing"),
        Arguments.of(
            request("x".repeat(65)),
            "FIELD_OUT_OF_RANGE",
            "controller must be 1 to 64 printable characters, but is 65 characters long"),
        Arguments.of(
            request("a\u001bb"),
            "FIELD_OUT_OF_RANGE",
            "controller must be 1 to 64 printable characters, but is 'a?b'"),
        Arguments.of(
            request(" "),
            "FIELD_OUT_OF_RANGE",
            "controller must be 1 to 64 printable characters, but is ' '"),
        Arguments.of(
            request("x").setDescription("y".repeat(1001)),
            "FIELD_OUT_OF_RANGE",
            "description must be 1 to 1000 printable characters, but is 1001 characters long"),
        Arguments.of(
            request("x").setActionDeadline(Codec.duration(Duration.ofNanos(999_999))),
            "FIELD_OUT_OF_RANGE",
            "action_deadline must be between 0.001 s and 600 s, but is 0 s + 999999 ns"),
        Arguments.of(
            request("x").setActionDeadline(Codec.duration(Duration.ofSeconds(600, 1))),
            "FIELD_OUT_OF_RANGE",
            "action_deadline must be between 0.001 s and 600 s, but is 600 s + 1 ns"),
        Arguments.of(
            request("x").setParallel(-1),
            "FIELD_OUT_OF_RANGE",
            "parallel must be between 0 and 2147483647, but is -1"));
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("badRequests")
  void badRequestsAreOneClearError(
      CreateEvaluationRequest.Builder request, String reason, String message) throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      Status.Code code =
          reason.equals("UNKNOWN_SUITE") ? Status.Code.NOT_FOUND : Status.Code.INVALID_ARGUMENT;
      assertRefused(code, reason, message, () -> rig.create(request));
    }
  }

  @Test
  void attachmentsThatAreNoneAreOneClearError() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      assertRefusal(
          Status.Code.NOT_FOUND,
          "EVALUATION_NOT_FOUND",
          "there is no evaluation 'abcdefgh…'",
          rig.attach("abcdefghijk").fault());
      assertRefusal(
          Status.Code.INVALID_ARGUMENT,
          "FIELD_MISSING",
          "attach.evaluation_id is missing",
          rig.attach("").fault());
      assertRefused(
          Status.Code.NOT_FOUND,
          "EVALUATION_NOT_FOUND",
          "there is no evaluation 'x'",
          () -> rig.get("x"));
      assertRefused(
          Status.Code.INVALID_ARGUMENT,
          "FIELD_MISSING",
          "evaluation_id is missing",
          () -> rig.evaluations.getEvaluation(GetEvaluationRequest.getDefaultInstance()));
      String id = rig.create(PLAIN, 0);
      rig.attach(id).finish();
      assertRefusal(
          Status.Code.FAILED_PRECONDITION,
          "EVALUATION_OVER",
          "evaluation '" + id.substring(0, 8) + "…' has no episodes left",
          rig.attach(id).fault());
    }
  }

  @Test
  void theServerHoldsOnlySoManyEvaluations() throws Exception {
    try (EvaluationRig rig = EvaluationRig.with(ServerOptions.defaults().withMaxSessions(1))) {
      String one = rig.create(PLAIN, 2);
      String other = rig.create(PLAIN, 2);
      TestController first = rig.attach(one);
      first.round();
      StatusRuntimeException full = rig.attach(other).fault();
      assertRefusal(
          Status.Code.RESOURCE_EXHAUSTED,
          "CAPACITY_REACHED",
          "your part is full: at most 1 controlled evaluations are yours at present, and you hold 1;"
              + " end some, or try again later",
          full);
      assertEquals(10, Faults.retry(full).getRetryDelay().getSeconds());
      first.requests.onCompleted();
      first.requireEnd();
      rig.attach(other).finish();
      TestController again = rig.attach(one);
      again.finish();
      assertEquals(2, again.result(0).getBeginnings());
      assertEquals(1, again.result(5).getBeginnings());
    }
  }

  @Test
  void controllersCanDoNothingButAnswer() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String name = InProcessServerBuilder.generateName();
      rig.server.offerToControllers(InProcessServerBuilder.forName(name), Access.local());
      ManagedChannel channel = InProcessChannelBuilder.forName(name).directExecutor().build();
      assertEquals(ServingStatus.SERVING, health(channel));
      assertEquals(
          3,
          EvaluationServiceGrpc.newBlockingStub(channel)
              .listSuites(ListSuitesRequest.getDefaultInstance())
              .getSuitesCount());
      List<Executable> calls =
          List.of(
              () ->
                  CatalogServiceGrpc.newBlockingStub(channel)
                      .getEnvironment(GetEnvironmentRequest.getDefaultInstance()),
              () ->
                  DynamicsServiceGrpc.newBlockingStub(channel)
                      .rollout(RolloutRequest.getDefaultInstance())
                      .next(),
              () ->
                  DynamicsServiceGrpc.newBlockingStub(channel)
                      .sampleInitialStates(SampleInitialStatesRequest.getDefaultInstance()),
              () ->
                  EnvironmentServiceGrpc.newBlockingStub(channel)
                      .reset(ResetRequest.getDefaultInstance()),
              () ->
                  UsageServiceGrpc.newBlockingStub(channel)
                      .getUsage(GetUsageRequest.getDefaultInstance()));
      for (Executable call : calls) {
        assertEquals(
            Status.Code.UNIMPLEMENTED,
            assertThrows(StatusRuntimeException.class, call).getStatus().getCode());
      }
      channel.shutdownNow();
      assertNotEquals("", rig.create(PLAIN, 0));
    }
  }

  @Test
  void aFileThatCannotBeUsedIsOneClearError() throws Exception {
    Path text = Files.writeString(folder.resolve("text.db"), "no database".repeat(100));
    assertEquals(
        text
            + " cannot be used: [SQLITE_NOTADB] File opened that is not a database file (file is"
            + " not a database)",
        assertThrows(java.io.IOException.class, () -> EvaluationRig.on(text)).getMessage());
  }
}
