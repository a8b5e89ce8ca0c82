package io.gaitway.client.evaluation;

import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.Times;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.RoundStates;
import java.time.Duration;
import java.util.HexFormat;

/** Turns what the server says of evaluations into the client's records. */
final class EvaluationCodec {
  /** Those of SHA-256. */
  private static final int DIGEST_BYTES = 32;

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
      request.setActionDeadline(Times.encode(deadline));
    }
    return request.build();
  }

  static Suite suite(io.gaitway.proto.v1.Suite suite) {
    if (suite.getId().isEmpty() || suite.getEpisodes() < 1 || suite.getHorizon() < 1) {
      throw Tensors.answer(
          "suite '%s' has %d episodes of %d steps"
              .formatted(suite.getId(), suite.getEpisodes(), suite.getHorizon()));
    }
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
        Times.decode(suite.getMinActionDeadline(), "min_action_deadline"),
        Times.decode(suite.getMaxActionDeadline(), "max_action_deadline"),
        suite.getDigest());
  }

  static EvaluationInfo evaluation(io.gaitway.proto.v1.Evaluation evaluation) {
    return new EvaluationInfo(
        evaluation.getId(),
        suite(evaluation.getSuite()),
        evaluation.getController(),
        evaluation.getDescription(),
        Times.decode(evaluation.getActionDeadline(), "action_deadline"),
        evaluation.getParallel(),
        Times.decode(evaluation.getCreateTime(), "create_time"),
        evaluation.hasEndTime() ? Times.decode(evaluation.getEndTime(), "end_time") : null,
        evaluation.getAttachments(),
        evaluation.hasScore() ? score(evaluation.getScore()) : null,
        evaluation.getControlled());
  }

  private static EvaluationInfo.Score score(io.gaitway.proto.v1.Score score) {
    if (!(score.getEpisodes() >= 0
        && score.getControllerFaults() >= 0
        && score.getEnvironmentFaults() >= 0
        && score.getSurvival() >= 0
        && score.getSurvival() <= 1)) {
      throw Tensors.answer(
          "a score has survival %s of %d episodes, with %d and %d faults"
              .formatted(
                  score.getSurvival(),
                  score.getEpisodes(),
                  score.getControllerFaults(),
                  score.getEnvironmentFaults()));
    }
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

  /** Reads the result of an episode of a suite. */
  static EpisodeResult result(io.gaitway.proto.v1.EpisodeResult result, Suite suite) {
    int steps = result.getSteps();
    if (!(isWithin(result.getEpisode(), suite.episodes() - 1)
        && isWithin(steps, suite.horizon())
        && isWithin(result.getControlledSteps(), suite.horizon())
        && isWithin(result.getClipped(), suite.horizon()))) {
      throw Tensors.answer(
          "episode %d of %d has %d steps of %d, %d controlled and %d clipped"
              .formatted(
                  result.getEpisode(),
                  suite.episodes(),
                  steps,
                  suite.horizon(),
                  result.getControlledSteps(),
                  result.getClipped()));
    }
    if (result.getDigest().size() != DIGEST_BYTES) {
      throw Tensors.answer(
          "episode %d has a digest of %d bytes instead of %d"
              .formatted(result.getEpisode(), result.getDigest().size(), DIGEST_BYTES));
    }
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
        steps,
        result.getControlledSteps(),
        result.getClipped(),
        result.getCost(),
        HexFormat.of().formatHex(result.getDigest().toByteArray()),
        result.getBeginnings());
  }

  /** Whether a count is between 0 and {@code most}. */
  private static boolean isWithin(int count, int most) {
    return count >= 0 && count <= most;
  }

  /** Reads a round of states with {@code nx} entries each. */
  static ControllerFunction.Round round(RoundStates states, Suite suite, int nx) {
    int n = states.getEpisodesCount();
    if (n == 0 || states.getStepsCount() != n) {
      throw Tensors.answer(
          "a round has %d episodes and %d steps".formatted(n, states.getStepsCount()));
    }
    int before = -1;
    for (int i = 0; i < n; i++) {
      int episode = states.getEpisodes(i);
      if (episode <= before
          || !isWithin(episode, suite.episodes() - 1)
          || !isWithin(states.getSteps(i), suite.horizon() - 1)) {
        throw Tensors.answer(
            "a round has step %d of episode %d behind episode %d"
                .formatted(states.getSteps(i), episode, before));
      }
      before = episode;
    }
    return new ControllerFunction.Round(
        states.getRound(),
        states.getEpisodesList(),
        states.getStepsList(),
        Tensors.doubles(states.getStates(), "states", n, nx));
  }
}
