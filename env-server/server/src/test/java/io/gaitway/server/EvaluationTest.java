package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static io.gaitway.server.EvaluationRig.VARIED;
import static io.gaitway.server.EvaluationRig.WILD;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.ListSuitesRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Score;
import io.gaitway.proto.v1.Suite;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.evaluation.SuiteModel;
import io.gaitway.server.wire.Codec;
import io.gaitway.sim.random.CounterGaussian;
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
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Evaluations over gRPC: the course of episodes, faults, interruptions, what is kept. */
@Timeout(60)
class EvaluationTest {
  @TempDir Path folder = Path.of("unset");

  private static List<ByteString> digests(List<EpisodeResult> episodes) {
    return episodes.stream().map(EpisodeResult::getDigest).toList();
  }

  /** The digests of a whole evaluation. */
  private static List<ByteString> undisturbed(SuiteModel.Definition suite, int parallel)
      throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(suite, parallel);
      rig.attach(id).finish();
      return digests(rig.get(id).getEpisodesList());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 100})
  void episodesAreRolloutsOfTheSameActions(int parallel) throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, parallel);
      TestController controller = rig.attach(id);
      controller.finish();
      assertEquals(EPISODES, controller.results.size());
      for (EpisodeResult result : controller.results.values()) {
        controller.assertIsRollout(Map.of(), result);
        assertEquals(EpisodeOutcome.EPISODE_OUTCOME_COMPLETED, result.getOutcome());
        assertEquals(HORIZON, result.getControlledSteps());
        assertEquals(1, result.getBeginnings());
        assertTrue(result.getClipped() > 0);
      }
      assertEquals(new ArrayList<>(controller.results.values()), rig.get(id).getEpisodesList());
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
    }
  }

  @Test
  void variantsTakeTurnsAndEpisodesFollowOneAnother() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(VARIED, 2);
      TestController controller = rig.attach(id);
      for (int episode = 0; episode < 4; episode += 2) {
        for (int t = 0; t < HORIZON; t++) {
          RoundStates round = controller.round();
          assertEquals(List.of(episode, episode + 1), round.getEpisodesList());
          assertEquals(List.of(t, t), round.getStepsList());
          controller.answer(round);
        }
      }
      controller.finish();
      List<Map<String, Double>> variants = VARIED.variants();
      controller
          .results
          .values()
          .forEach(
              result -> controller.assertIsRollout(variants.get(result.getEpisode() % 2), result));
    }
  }

  @Test
  void startsAreThoseOfTheSeedWithTheDisturbance() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 0));
      controller.round();
      double[] sampled =
          Rig.doubles(
              DynamicsServiceGrpc.newBlockingStub(rig.channel)
                  .sampleInitialStates(
                      SampleInitialStatesRequest.newBuilder()
                          .setEnvironment(Rig.CART)
                          .setSeed(PLAIN.seed())
                          .setCount(EPISODES)
                          .build())
                  .getStates());
      CounterGaussian noise = new CounterGaussian();
      for (int i = 0; i < EPISODES; i++) {
        noise.start(PLAIN.seed(), i, -2);
        double position = sampled[2 * i] + 0.1 * noise.next();
        double velocity = sampled[2 * i + 1] + 0.1 * noise.next();
        assertArrayEquals(new double[] {position, velocity}, controller.starts.get(i));
      }
    }
  }

  @Test
  void suitesSayWhatTheyAre() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      List<Suite> suites =
          rig.evaluations.listSuites(ListSuitesRequest.getDefaultInstance()).getSuitesList();
      assertEquals(List.of("plain", "varied", "wild"), suites.stream().map(Suite::getId).toList());
      Suite varied = suites.get(1);
      assertEquals(2, varied.getEnvironmentsCount());
      assertEquals("digest-3.0", varied.getEnvironments(1).getModelDigest());
      assertEquals(HORIZON, varied.getHorizon());
      assertEquals(3, suites.stream().map(Suite::getDigest).distinct().count());
      assertEquals(64, varied.getDigest().length());
      assertTrue(
          CatalogServiceGrpc.newBlockingStub(rig.channel)
              .getServerInfo(GetServerInfoRequest.getDefaultInstance())
              .getCapabilitiesList()
              .contains("evaluations"));
      assertEquals(ServingStatus.SERVING, health(rig.channel));
    }
  }

  private static ServingStatus health(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(
            HealthCheckRequest.newBuilder().setService(EvaluationServiceGrpc.SERVICE_NAME).build())
        .getStatus();
  }

  @Test
  void silenceBeyondTheDeadlineCostsTheRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id =
          rig.create(
              CreateEvaluationRequest.newBuilder()
                  .setSuite("plain")
                  .setController("slow")
                  .setParallel(4)
                  .setActionDeadline(Codec.duration(Duration.ofMillis(250))));
      TestController controller = rig.attach(id);
      controller.answer(controller.round());
      controller.round();
      assertEquals(Duration.ofMillis(250), rig.timer.fire());
      assertFault(
          controller.fault(),
          "DEADLINE_MISSED",
          "round 1 was not answered within 250 ms",
          "0,1,2,3");
      assertFaults(controller, 4, ControllerFault.CONTROLLER_FAULT_DEADLINE_MISSED, 1);
      TestController next = rig.attach(id);
      next.finish();
      assertEquals(2, next.results.size());
      Evaluation evaluation = rig.get(id).getEvaluation();
      Score score = evaluation.getScore();
      assertEquals(2, evaluation.getAttachments());
      assertEquals(EPISODES, score.getEpisodes());
      assertEquals(4, score.getControllerFaults());
      assertEquals(2.0 / EPISODES, score.getSurvival());
      assertEquals(0, rig.timer.pending());
    }
  }

  @Test
  void theFirstRoundOfAnAttachmentHasTimeToLoadThings() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      CreateEvaluationRequest.Builder quick =
          CreateEvaluationRequest.newBuilder()
              .setSuite("plain")
              .setController("loads for long")
              .setParallel(2)
              .setActionDeadline(Codec.duration(Duration.ofMillis(5)));
      String id = rig.create(quick);
      TestController first = rig.attach(id);
      first.answer(first.round());
      first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      second.round();
      assertEquals(Duration.ofSeconds(10), rig.timer.fire());
      assertFault(
          second.fault(), "DEADLINE_MISSED", "round 1 was not answered within 10000 ms", "0,1");
      TestController patient =
          rig.attach(rig.create(quick.setActionDeadline(Codec.duration(Duration.ofMinutes(2)))));
      patient.round();
      assertEquals(Duration.ofMinutes(2), rig.timer.fire());
      patient.fault();
    }
  }

  private static void assertFault(
      StatusRuntimeException status, String fault, String detail, String episodes) {
    assertEquals(Status.Code.FAILED_PRECONDITION, status.getStatus().getCode());
    assertEquals("CONTROLLER_FAULT", Faults.info(status).getReason());
    assertEquals(
        Map.of("fault", fault, "detail", detail, "episodes", episodes),
        Faults.info(status).getMetadataMap());
  }

  /** Requires that these episodes ran on with zero actions. */
  private static void assertFaults(
      TestController controller, int count, ControllerFault fault, int controlledSteps) {
    assertEquals(count, controller.results.size());
    for (EpisodeResult result : controller.results.values()) {
      assertEquals(fault, result.getFault());
      assertEquals(controlledSteps, result.getControlledSteps());
      assertEquals(HORIZON, result.getSteps());
      assertFalse(result.getFaultDetail().isEmpty());
      controller.assertIsRollout(Map.of(), result);
    }
  }

  @Test
  void anActionThatIsNotFiniteCostsItsEpisodeAlone() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 3));
      RoundStates first = controller.round();
      controller.answer(first);
      RoundStates second = controller.round();
      double[] us = Rig.doubles(controller.law(second));
      us[3] = Double.NaN;
      controller.answer(second.getRound(), Rig.tensor(us, 3, 2));
      RoundStates third = controller.round();
      assertEquals(List.of(0, 2, 3), third.getEpisodesList());
      assertEquals(List.of(2, 2, 0), third.getStepsList());
      assertFaults(controller, 1, ControllerFault.CONTROLLER_FAULT_NON_FINITE_ACTION, 1);
      assertEquals("far is NaN at step 1", controller.result(1).getFaultDetail());
      controller.answer(third);
      controller.finish();
      controller.results.values().forEach(result -> controller.assertIsRollout(Map.of(), result));
      assertEquals(EPISODES, controller.results.size());
    }
  }

  static List<Arguments> malformed() {
    return List.of(
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Rig.tensor(new double[8], 4, 2),
            "actions.actions has shape (4, 2); expected (3, 2)"),
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Rig.tensor(new double[6], 6),
            "actions.actions has shape (6); expected (3, 2)"),
        Arguments.of(
            (UnaryOperator<Tensor>)
                right -> right.toBuilder().setDtype(DataType.DATA_TYPE_BOOL).build(),
            "actions.actions has entries of type DATA_TYPE_BOOL; expected DATA_TYPE_FLOAT64"),
        Arguments.of(
            (UnaryOperator<Tensor>)
                right -> right.toBuilder().setData(right.getData().substring(1)).build(),
            "actions.actions has a number of bytes of 47; expected 48"),
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Tensor.getDefaultInstance(),
            "actions.actions is missing"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("malformed")
  void actionsOfAnotherFormCostTheRound(UnaryOperator<Tensor> spoil, String detail)
      throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 3));
      RoundStates round = controller.round();
      controller.answer(round.getRound(), spoil.apply(controller.law(round)));
      assertFault(controller.fault(), "MALFORMED_ACTIONS", detail, "0,1,2");
      assertFaults(controller, 3, ControllerFault.CONTROLLER_FAULT_MALFORMED_ACTIONS, 0);
    }
  }

  @Test
  void aMessageWithoutActionsCostsTheRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.round();
      controller.requests.onNext(
          ControlRequest.newBuilder()
              .setAttach(Attachment.newBuilder().setEvaluationId(id))
              .build());
      assertFault(controller.fault(), "MALFORMED_ACTIONS", "the message holds no actions", "0,1");
    }
  }

  @Test
  void moreAnswersThanRoundsCostTheRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 2));
      RoundStates round = controller.round();
      Tensor actions = controller.law(round);
      for (int i = 0; i < 1000; i++) {
        controller.answer(round.getRound(), actions);
      }
      assertEquals(1, controller.round().getRound());
      assertFault(controller.fault(), "OUT_OF_TURN", "round 0 was answered, 1 was asked", "0,1");
      assertFaults(controller, 2, ControllerFault.CONTROLLER_FAULT_OUT_OF_TURN, 1);
    }
  }

  @Test
  void aNewcomerTakesOverTheVeryRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.answer(first.round());
      RoundStates asked = first.round();
      TestController second = rig.attach(id, first);
      assertEquals(asked, second.round());
      StatusRuntimeException fault = first.fault();
      assertEquals(Status.Code.ABORTED, fault.getStatus().getCode());
      assertEquals("CONTROL_TAKEN_OVER", Faults.info(fault).getReason());
      assertEquals(
          Map.of("evaluation", id.substring(0, 8) + "…"), Faults.info(fault).getMetadataMap());
      rig.timer.awaitOne();
      first.answer(asked.getRound(), Rig.tensor(new double[4], 2, 2));
      second.answer(asked);
      second.finish();
      assertEquals(EPISODES, second.results.size());
      second.results.values().forEach(result -> second.assertIsRollout(Map.of(), result));
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
      assertEquals(2, rig.get(id).getEvaluation().getAttachments());
    }
  }

  @Test
  void aBrokenConnectionIsNoFault() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.answer(first.round());
      RoundStates asked = first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      assertEquals(asked, second.round());
      second.requests.onCompleted();
      second.requireEnd();
      TestController third = rig.attach(id, second);
      assertEquals(asked, third.round());
      third.answer(asked);
      third.finish();
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
      assertEquals(3, rig.get(id).getEvaluation().getAttachments());
      assertEquals(EPISODES, rig.get(id).getEvaluation().getScore().getSurvival() * EPISODES);
    }
  }

  @Test
  void theAlarmOfABrokenConnectionDoesNotGoOff() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      second.round();
      rig.timer.fire();
      assertEquals("CONTROLLER_FAULT", Faults.info(second.fault()).getReason());
      assertEquals(0, rig.timer.pending());
    }
  }

  @Test
  void divergenceIsTheEnvironmentsFault() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(WILD, 0);
      TestController controller = rig.attach(id);
      controller.finish();
      for (EpisodeResult result : controller.results.values()) {
        assertEquals(EpisodeOutcome.EPISODE_OUTCOME_DIVERGED, result.getOutcome());
        assertEquals(ControllerFault.CONTROLLER_FAULT_UNSPECIFIED, result.getFault());
        assertEquals(Double.POSITIVE_INFINITY, result.getCost());
        controller.assertIsRollout(Map.of(), result);
      }
      Score score = rig.get(id).getEvaluation().getScore();
      assertEquals(0, score.getEpisodes());
      assertEquals(4, score.getEnvironmentFaults());
      assertEquals(0, score.getControllerFaults());
      assertTrue(Double.isNaN(score.getCost()));
      assertEquals(0, score.getSurvivalLower());
      assertEquals(1, score.getSurvivalUpper());
    }
  }

  @Test
  void aTerminatedEpisodeMakesRoomForTheNext() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 1));
      RoundStates round = controller.round();
      while (round.getEpisodes(0) == 0) {
        controller.sent(0).addAll(List.of(2.0, 1.0));
        controller.answer(round.getRound(), Rig.tensor(new double[] {2, 1}, 1, 2));
        round = controller.round();
      }
      EpisodeResult fallen = controller.result(0);
      assertEquals(EpisodeOutcome.EPISODE_OUTCOME_TERMINATED, fallen.getOutcome());
      assertTrue(fallen.getSteps() < HORIZON);
      controller.assertIsRollout(Map.of(), fallen);
      assertEquals(List.of(1), round.getEpisodesList());
      assertEquals(List.of(0), round.getStepsList());
    }
  }

  /** The files of a database as a power cut would leave them. */
  private Path snapshot(Path file, String name) throws Exception {
    Path copy = Files.createDirectories(folder.resolve(name)).resolve("evaluations.db");
    Files.copy(file, copy);
    Path log = file.resolveSibling(file.getFileName() + "-wal");
    Files.copy(log, copy.resolveSibling(copy.getFileName() + "-wal"));
    return copy;
  }

  @Test
  void finishedEpisodesSurviveTheServer() throws Exception {
    Path file = folder.resolve("a").resolve("evaluations.db");
    String id;
    Path left;
    List<EpisodeResult> kept;
    try (EvaluationRig rig = EvaluationRig.on(file)) {
      id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      while (controller.results.size() < 2) {
        controller.answer(controller.round());
      }
      controller.answer(controller.round());
      controller.round();
      left = snapshot(file, "left");
      kept = rig.get(id).getEpisodesList();
      assertEquals(2, kept.size());
    }
    try (EvaluationRig rig = EvaluationRig.on(left)) {
      assertEquals(kept, rig.get(id).getEpisodesList());
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      assertEquals(List.of(2, 3), round.getEpisodesList());
      assertEquals(List.of(0, 0), round.getStepsList());
      assertEquals(2, controller.evaluation().getScore().getEpisodes());
      controller.answer(round);
      controller.finish();
      List<EpisodeResult> all = rig.get(id).getEpisodesList();
      assertEquals(
          List.of(1, 1, 2, 2, 1, 1), all.stream().map(EpisodeResult::getBeginnings).toList());
      assertEquals(undisturbed(PLAIN, 0), digests(all));
      assertEquals(2, rig.get(id).getEvaluation().getAttachments());
    }
    // A regular end, and the leaderboard from the file.
    try (EvaluationRig rig = EvaluationRig.on(left)) {
      assertEquals(1, leaderboard(rig, "plain").size());
      assertTrue(rig.get(id).getEvaluation().hasEndTime());
    }
  }

  @Test
  void twoServersOfOneFileDoNotMixTheirEpisodes() throws Exception {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationRig one = EvaluationRig.on(file);
        EvaluationRig other = EvaluationRig.on(file)) {
      String id = one.create(PLAIN, 2);
      TestController first = one.attach(id);
      first.answer(first.round());
      TestController second = other.attach(id);
      second.finish();
      for (int t = 1; t < HORIZON; t++) {
        first.answer(first.round());
      }
      assertEquals("CONTROL_TAKEN_OVER", Faults.info(first.fault()).getReason());
      assertEquals(undisturbed(PLAIN, 0), digests(one.get(id).getEpisodesList()));
      assertEquals("EVALUATION_OVER", Faults.info(one.attach(id).fault()).getReason());
    }
  }

  private static List<Evaluation> leaderboard(EvaluationRig rig, String suite) {
    return rig.evaluations
        .listEvaluations(ListEvaluationsRequest.newBuilder().setSuite(suite).build())
        .getEvaluationsList();
  }

  @Test
  void theLeaderboardHasTheBestFirst() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String faulty = rig.create(request("faulty"));
      TestController failing = rig.attach(faulty);
      RoundStates round = failing.round();
      failing.answer(round.getRound() + 1, failing.law(round));
      failing.fault();
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
          List.of("good", "idle", "faulty"),
          leaderboard(rig, "plain").stream().map(Evaluation::getController).toList());
      assertEquals(4, leaderboard(rig, "").size());
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
            "controller is 65 characters long; allowed: 1 to 64 printable characters"),
        Arguments.of(
            request("a\u001bb"),
            "FIELD_OUT_OF_RANGE",
            "controller is 'a?b'; allowed: 1 to 64 printable characters"),
        Arguments.of(
            request(" "),
            "FIELD_OUT_OF_RANGE",
            "controller is ' '; allowed: 1 to 64 printable characters"),
        Arguments.of(
            request("x").setDescription("y".repeat(1001)),
            "FIELD_OUT_OF_RANGE",
            "description is 1001 characters long; allowed: 1 to 1000 printable characters"),
        Arguments.of(
            request("x").setActionDeadline(Codec.duration(Duration.ofNanos(999_999))),
            "FIELD_OUT_OF_RANGE",
            "action_deadline is 0 s + 999999 ns; allowed: 0.001 s to 600 s"),
        Arguments.of(
            request("x").setActionDeadline(Codec.duration(Duration.ofSeconds(600, 1))),
            "FIELD_OUT_OF_RANGE",
            "action_deadline is 600 s + 1 ns; allowed: 0.001 s to 600 s"),
        Arguments.of(
            request("x").setParallel(-1),
            "FIELD_OUT_OF_RANGE",
            "parallel is -1; allowed: 0 to 2147483647"));
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
  void aDrainingServerPausesEvaluations() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.round();
      rig.server.drain();
      assertEquals("DRAINING", Faults.info(controller.fault()).getReason());
      assertEquals("DRAINING", Faults.info(rig.attach(id).fault()).getReason());
      assertRefused(
          Status.Code.UNAVAILABLE,
          "DRAINING",
          "the server is shutting down and takes no new work",
          () -> rig.create(PLAIN, 0));
      assertEquals(0, rig.get(id).getEpisodesCount());
      assertEquals(ServingStatus.NOT_SERVING, health(rig.channel));
    }
  }

  @Test
  void aMessageThatIsTooLargePausesTheEvaluation() throws Exception {
    ServerOptions options = ServerOptions.defaults().withMaxMessageBytes(1000);
    try (EvaluationRig rig = EvaluationRig.with(options)) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      controller.answer(round.getRound(), Rig.tensor(new double[200], 100, 2));
      assertEquals("MESSAGE_TOO_LARGE", Faults.info(controller.fault()).getReason());
      TestController next = rig.attach(id, controller);
      assertEquals(round, next.round());
      next.answer(round);
      next.finish();
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
          "the server holds as many controlled evaluations as it may (1)",
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
      rig.server.offerToControllers(InProcessServerBuilder.forName(name));
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
