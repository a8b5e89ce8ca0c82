package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static io.gaitway.server.EvaluationRig.VARIED;
import static io.gaitway.server.EvaluationRig.WILD;
import static io.gaitway.server.EvaluationRig.digests;
import static io.gaitway.server.EvaluationRig.undisturbed;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.ListSuitesRequest;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Score;
import io.gaitway.proto.v1.Suite;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.sim.random.CounterGaussian;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Evaluations over gRPC: suites, and the course of their episodes. */
@Timeout(60)
class EvaluationTest {
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
      assertEquals(ServingStatus.SERVING, rig.health());
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
}
