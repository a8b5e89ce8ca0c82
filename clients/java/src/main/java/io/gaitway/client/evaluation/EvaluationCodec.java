package io.gaitway.client.evaluation;

import com.google.protobuf.Timestamp;
import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.RoundStates;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/** Turns what the server says of evaluations into the client's records. */
final class EvaluationCodec {
  private EvaluationCodec() {}

  static CreateEvaluationRequest create(EvaluationOptions options) {
    CreateEvaluationRequest.Builder request =
        CreateEvaluationRequest.newBuilder()
            .setSuite(options.suite())
            .setController(options.controller())
            .setDescription(options.description())
            .setParallel(options.parallel());
    Duration deadline = options.actionDeadline();
    if (deadline != null) {
      request.setActionDeadline(
          com.google.protobuf.Duration.newBuilder()
              .setSeconds(deadline.getSeconds())
              .setNanos(deadline.getNano()));
    }
    return request.build();
  }

  static Suite suite(io.gaitway.proto.v1.Suite suite) {
    return new Suite(
        suite.getId(),
        suite.getDescription(),
        suite.getEnvironmentsList().stream()
            .map(
                ref -> new Suite.Variant(ref.getId(), ref.getParametersMap(), ref.getModelDigest()))
            .toList(),
        suite.getEnvironmentVersion(),
        suite.getHorizon(),
        suite.getEpisodes(),
        suite.getSeed(),
        suite.getInitialStateStd(),
        duration(suite.getMinActionDeadline()),
        duration(suite.getMaxActionDeadline()),
        suite.getDigest());
  }

  static EvaluationInfo evaluation(io.gaitway.proto.v1.Evaluation evaluation) {
    return new EvaluationInfo(
        evaluation.getId(),
        suite(evaluation.getSuite()),
        evaluation.getController(),
        evaluation.getDescription(),
        duration(evaluation.getActionDeadline()),
        evaluation.getParallel(),
        instant(evaluation.getCreateTime()),
        evaluation.hasEndTime() ? instant(evaluation.getEndTime()) : null,
        evaluation.getAttachments(),
        evaluation.hasScore() ? score(evaluation.getScore()) : null,
        evaluation.getControlled());
  }

  private static EvaluationInfo.Score score(io.gaitway.proto.v1.Score score) {
    return new EvaluationInfo.Score(
        score.getEpisodes(),
        score.getCost(),
        score.getCostLower(),
        score.getCostUpper(),
        score.getSurvival(),
        score.getSurvivalLower(),
        score.getSurvivalUpper(),
        score.getControllerFaults(),
        score.getEnvironmentFaults());
  }

  static EpisodeResult result(io.gaitway.proto.v1.EpisodeResult result) {
    return new EpisodeResult(
        result.getEpisode(),
        switch (result.getOutcome()) {
          case EPISODE_OUTCOME_COMPLETED -> EpisodeResult.Outcome.COMPLETED;
          case EPISODE_OUTCOME_TERMINATED -> EpisodeResult.Outcome.TERMINATED;
          case EPISODE_OUTCOME_DIVERGED -> EpisodeResult.Outcome.DIVERGED;
          case EPISODE_OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
              throw Tensors.answer("an episode has outcome " + result.getOutcomeValue());
        },
        switch (result.getFault()) {
          case CONTROLLER_FAULT_UNSPECIFIED -> EpisodeResult.Fault.NONE;
          case CONTROLLER_FAULT_DEADLINE_MISSED -> EpisodeResult.Fault.DEADLINE_MISSED;
          case CONTROLLER_FAULT_NON_FINITE_ACTION -> EpisodeResult.Fault.NON_FINITE_ACTION;
          case CONTROLLER_FAULT_MALFORMED_ACTIONS -> EpisodeResult.Fault.MALFORMED_ACTIONS;
          case CONTROLLER_FAULT_OUT_OF_TURN -> EpisodeResult.Fault.OUT_OF_TURN;
          case UNRECOGNIZED ->
              throw Tensors.answer("an episode has fault " + result.getFaultValue());
        },
        result.getFaultDetail(),
        result.getSteps(),
        result.getControlledSteps(),
        result.getClipped(),
        result.getCost(),
        HexFormat.of().formatHex(result.getDigest().toByteArray()),
        result.getBeginnings());
  }

  /** Reads a round of states with {@code nx} entries each. */
  static ControllerFunction.Round round(RoundStates states, int nx) {
    int n = states.getEpisodesCount();
    if (states.getStepsCount() != n) {
      throw Tensors.answer(
          "a round has %d episodes and %d steps".formatted(n, states.getStepsCount()));
    }
    return new ControllerFunction.Round(
        states.getRound(),
        states.getEpisodesList(),
        states.getStepsList(),
        Tensors.doubles(states.getStates(), "states", n * nx));
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  private static Instant instant(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }
}
