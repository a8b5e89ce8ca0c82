package io.gaitway.client;

import static io.gaitway.client.fixture.AlteredAnswers.fault;
import static io.gaitway.client.fixture.AlteredAnswers.shaped;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.fixture.AlteredAnswers;
import io.gaitway.client.fixture.AlteredServer;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.CreateEvaluationResponse;
import io.gaitway.proto.v1.GetEvaluationResponse;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.gaitway.proto.v1.ListSuitesResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers to evaluations that do not fit what was asked. */
@Timeout(60)
class EvaluationAnswersTest {
  private static final String SUITE = "swimmer-still";

  /** One that nobody could allocate. */
  private static final long HUGE = 1L << 40;

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    evaluations(faults);
    controls(faults);
    return faults.stream();
  }

  private static void control(GaitwayClient client) {
    Evaluations evaluations = client.evaluations();
    String id = evaluations.create(EvaluationOptions.of(SUITE, "still")).id();
    evaluations.control(id, (round, us) -> {});
    evaluations.get(id);
    evaluations.leaderboard(SUITE);
  }

  private static void evaluations(List<Arguments> faults) {
    faults.add(
        fault(
            "' has 0 episodes of",
            client -> client.evaluations().suites(),
            ListSuitesResponse.getDefaultInstance(),
            answer -> {
              ListSuitesResponse.Builder builder = answer.toBuilder();
              builder.getSuitesBuilder(0).clearEpisodes();
              return builder.build();
            }));
    Consumer<GaitwayClient> create =
        client -> client.evaluations().create(EvaluationOptions.of(SUITE, "still"));
    faults.add(
        fault(
            "an evaluation is of suite 'other' instead of '" + SUITE + "'",
            create,
            CreateEvaluationResponse.getDefaultInstance(),
            answer -> edit(answer, evaluation -> evaluation.getSuiteBuilder().setId("other"))));
    faults.add(
        fault(
            "the new evaluation has no id",
            create,
            CreateEvaluationResponse.getDefaultInstance(),
            answer -> edit(answer, evaluation -> evaluation.clearId())));
    faults.add(
        fault(
            "action_deadline has 0 s and -1 ns",
            create,
            CreateEvaluationResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    evaluation ->
                        evaluation.setActionDeadline(Duration.newBuilder().setNanos(-1)))));
    faults.add(
        fault(
            "create_time has %d s".formatted(Long.MIN_VALUE),
            create,
            CreateEvaluationResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    evaluation ->
                        evaluation.setCreateTime(
                            Timestamp.newBuilder().setSeconds(Long.MIN_VALUE)))));
    Consumer<GaitwayClient> control = EvaluationAnswersTest::control;
    faults.add(
        fault(
            "it describes another evaluation",
            control,
            GetEvaluationResponse.getDefaultInstance(),
            answer -> {
              GetEvaluationResponse.Builder builder = answer.toBuilder();
              builder.getEvaluationBuilder().setId("other");
              return builder.build();
            }));
    faults.add(
        fault(
            "a score has survival NaN",
            control,
            GetEvaluationResponse.getDefaultInstance(),
            answer -> {
              GetEvaluationResponse.Builder builder = answer.toBuilder();
              builder.getEvaluationBuilder().getScoreBuilder().setSurvival(Double.NaN);
              return builder.build();
            }));
    faults.add(
        fault(
            "episode 10 of 10 has",
            control,
            GetEvaluationResponse.getDefaultInstance(),
            answer -> {
              GetEvaluationResponse.Builder builder = answer.toBuilder();
              builder.getEpisodesBuilder(0).setEpisode(10);
              return builder.build();
            }));
    faults.add(
        fault(
            "episode 0 has a digest of 0 bytes instead of 32",
            control,
            GetEvaluationResponse.getDefaultInstance(),
            answer -> {
              GetEvaluationResponse.Builder builder = answer.toBuilder();
              builder.getEpisodesBuilder(0).clearDigest();
              return builder.build();
            }));
    faults.add(
        fault(
            "an evaluation is of suite 'other' instead of '" + SUITE + "'",
            control,
            ListEvaluationsResponse.getDefaultInstance(),
            answer -> {
              ListEvaluationsResponse.Builder builder = answer.toBuilder();
              builder.getEvaluationsBuilder(0).getSuiteBuilder().setId("other");
              return builder.build();
            }));
  }

  private static CreateEvaluationResponse edit(
      CreateEvaluationResponse answer, Consumer<io.gaitway.proto.v1.Evaluation.Builder> change) {
    CreateEvaluationResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getEvaluationBuilder());
    return builder.build();
  }

  private static void controls(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = EvaluationAnswersTest::control;
    faults.add(
        fault(
            "the task is of another evaluation",
            ask,
            ControlResponse.getDefaultInstance(),
            answer -> {
              ControlResponse.Builder builder = answer.toBuilder();
              if (answer.hasTask()) {
                builder.getTaskBuilder().getEvaluationBuilder().setId("other");
              }
              return builder.build();
            }));
    faults.add(
        fault(
            "a message of a control is empty",
            ask,
            ControlResponse.getDefaultInstance(),
            answer -> answer.hasStates() ? ControlResponse.getDefaultInstance() : answer));
    roundFault(faults, "a round has 0 episodes and", round -> round.clearEpisodes());
    roundFault(
        faults,
        "of episode 10 behind episode 8",
        round -> round.setEpisodes(round.getEpisodesCount() - 1, 10));
    roundFault(faults, "of episode 1 behind episode 1", round -> round.setEpisodes(0, 1));
    roundFault(faults, "a round has step -1 of episode 0", round -> round.setSteps(0, -1));
    roundFault(
        faults,
        "states has shape (%d, 10) instead of (10, 10)".formatted(HUGE),
        round -> round.setStates(shaped(round.getStates(), HUGE, 10)));
  }

  private static void roundFault(
      List<Arguments> faults,
      String words,
      Consumer<io.gaitway.proto.v1.RoundStates.Builder> change) {
    faults.add(
        fault(
            words,
            EvaluationAnswersTest::control,
            ControlResponse.getDefaultInstance(),
            answer -> {
              ControlResponse.Builder builder = answer.toBuilder();
              if (answer.hasStates()) {
                change.accept(builder.getStatesBuilder());
              }
              return builder.build();
            }));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void anAnswerThatDoesNotFitIsAFault(
      String words, Consumer<GaitwayClient> question, Consumer<AlteredServer> alteration)
      throws IOException {
    AlteredAnswers.check(words, question, alteration);
  }
}
