package io.gaitway.client;

import static io.gaitway.client.fixture.AlteredAnswers.fault;
import static io.gaitway.client.fixture.AlteredAnswers.shaped;
import static io.gaitway.client.fixture.AlteredAnswers.shorter;
import static io.gaitway.client.fixture.AlteredAnswers.typed;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.gaitway.client.fixture.AlteredAnswers;
import io.gaitway.client.fixture.AlteredServer;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepStream;
import io.gaitway.proto.v1.Autoreset;
import io.gaitway.proto.v1.CreateSessionResponse;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.ForkResponse;
import io.gaitway.proto.v1.GetSessionResponse;
import io.gaitway.proto.v1.RenewSessionResponse;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.SnapshotResponse;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers to sessions that do not fit what was asked. */
@Timeout(60)
class SessionAnswersTest {
  /** One that nobody could allocate. */
  private static final long HUGE = 1L << 40;

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    sessions(faults);
    steps(faults);
    snapshots(faults);
    return faults.stream();
  }

  private static Session open(GaitwayClient client) {
    return client.session("swimmer", Map.of(), SessionOptions.defaults().withEnvironments(2));
  }

  private static void step(GaitwayClient client) {
    try (Session session = open(client)) {
      session.reset(Reset.seeds(1, 2));
      session.step(new double[2 * session.environment().nu()]);
    }
  }

  private static void stream(GaitwayClient client) {
    try (Session session = open(client);
        StepStream stream = session.stream()) {
      stream.reset(Reset.seeds(1, 2));
      stream.step(new double[2 * session.environment().nu()]);
    }
  }

  private static void snapshot(GaitwayClient client) {
    try (Session session = open(client)) {
      session.reset(Reset.seeds(1, 2));
      session.snapshot();
    }
  }

  private static void sessions(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = SessionAnswersTest::open;
    faults.add(
        fault(
            "it describes 'walker' instead of 'swimmer'",
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer -> edit(answer, session -> session.getEnvironmentBuilder().setId("walker"))));
    faults.add(
        fault(
            "the session has 1 environments instead of 2",
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer -> edit(answer, session -> session.setNumEnvironments(1))));
    faults.add(
        fault(
            "a session with an id of 0 characters",
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer -> edit(answer, session -> session.clearId())));
    faults.add(
        fault(
            "a lease of PT0S",
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer -> edit(answer, session -> session.clearLease())));
    faults.add(
        fault(
            "lease has -1 s and 0 ns",
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer ->
                edit(answer, session -> session.setLease(Duration.newBuilder().setSeconds(-1)))));
    faults.add(
        fault(
            "lease has %d s and 0 ns".formatted(Long.MAX_VALUE),
            ask,
            CreateSessionResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    session ->
                        session.setLease(Duration.newBuilder().setSeconds(Long.MAX_VALUE)))));
    faults.add(
        fault(
            "it describes another session",
            client -> {
              try (Session session = open(client)) {
                client.attach(session.id());
              }
            },
            GetSessionResponse.getDefaultInstance(),
            answer -> {
              GetSessionResponse.Builder builder = answer.toBuilder();
              builder.getSessionBuilder().setId("other");
              return builder.build();
            }));
    faults.add(
        fault(
            "expire_time has %d s".formatted(Long.MAX_VALUE),
            client -> {
              try (Session session = open(client)) {
                session.renew();
              }
            },
            RenewSessionResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder()
                    .setExpireTime(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))
                    .build()));
  }

  private static CreateSessionResponse edit(
      CreateSessionResponse answer, Consumer<io.gaitway.proto.v1.Session.Builder> change) {
    CreateSessionResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getSessionBuilder());
    return builder.build();
  }

  private static void steps(List<Arguments> faults) {
    resetFault(
        faults,
        "states has shape (20) instead of (2, 10)",
        answer -> answer.toBuilder().setStates(shaped(answer.getStates(), 20)).build());
    resetFault(
        faults,
        "1 seeds and 2 episodes for 2 environments",
        answer -> answer.toBuilder().clearSeeds().addSeeds(1).build());
    stepFault(
        faults,
        "step 3 was answered instead of step 1",
        answer -> answer.toBuilder().setStep(3).build());
    stepFault(
        faults,
        "states has 159 bytes instead of 160",
        answer -> answer.toBuilder().setStates(shorter(answer.getStates())).build());
    stepFault(
        faults,
        "costs has shape () instead of (2)",
        answer -> answer.toBuilder().clearCosts().build());
    stepFault(
        faults,
        "terminated has type FLOAT64 instead of BOOL",
        answer ->
            answer.toBuilder()
                .setTerminated(typed(answer.getTerminated(), DataType.DATA_TYPE_FLOAT64))
                .build());
    stepFault(
        faults,
        "truncated has 2 in entry 1 instead of 0 or 1",
        answer ->
            answer.toBuilder()
                .setTruncated(
                    answer.getTruncated().toBuilder()
                        .setData(ByteString.copyFrom(new byte[] {0, 2})))
                .build());
    stepFault(
        faults,
        "diverged has shape (3) instead of (2)",
        answer -> answer.toBuilder().setDiverged(shaped(answer.getTerminated(), 3)).build());
    stepFault(
        faults,
        "environment 2 of 2 was reset",
        answer -> answer.toBuilder().addResets(Autoreset.newBuilder().setEnvironment(2)).build());
    stepFault(
        faults,
        "final_state has shape (20) instead of (10)",
        answer ->
            answer.toBuilder()
                .addResets(Autoreset.newBuilder().setFinalState(shaped(answer.getStates(), 20)))
                .build());
    faults.add(
        fault(
            "a step was answered by something else",
            SessionAnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer -> answer.hasStep() ? StepStreamResponse.getDefaultInstance() : answer));
    faults.add(
        fault(
            "a reset was answered by something else",
            SessionAnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer -> answer.hasReset() ? StepStreamResponse.getDefaultInstance() : answer));
  }

  /** The same answer to a call and on a stream. */
  private static void resetFault(
      List<Arguments> faults, String words, UnaryOperator<ResetResponse> change) {
    faults.add(fault(words, SessionAnswersTest::step, ResetResponse.getDefaultInstance(), change));
    faults.add(
        fault(
            words,
            SessionAnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer ->
                answer.hasReset()
                    ? answer.toBuilder().setReset(change.apply(answer.getReset())).build()
                    : answer));
  }

  private static void stepFault(
      List<Arguments> faults, String words, UnaryOperator<StepResponse> change) {
    faults.add(fault(words, SessionAnswersTest::step, StepResponse.getDefaultInstance(), change));
    faults.add(
        fault(
            words,
            SessionAnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer ->
                answer.hasStep()
                    ? answer.toBuilder().setStep(change.apply(answer.getStep())).build()
                    : answer));
  }

  private static void snapshots(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = SessionAnswersTest::snapshot;
    faults.add(
        fault(
            "seeds is empty",
            ask,
            SnapshotResponse.getDefaultInstance(),
            answer -> edit(answer, snapshot -> snapshot.clearSeeds())));
    faults.add(
        fault(
            "2 seeds, 1 episodes and 2 episode_steps must be as many",
            ask,
            SnapshotResponse.getDefaultInstance(),
            answer -> edit(answer, snapshot -> snapshot.clearEpisodes().addEpisodes(1))));
    faults.add(
        fault(
            "states has shape (2, %d)".formatted(HUGE),
            ask,
            SnapshotResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    snapshot -> snapshot.setStates(shaped(snapshot.getStates(), 2, HUGE)))));
    faults.add(
        fault(
            "finished has shape () instead of (2)",
            ask,
            SnapshotResponse.getDefaultInstance(),
            answer ->
                edit(answer, snapshot -> snapshot.setFinished(shaped(snapshot.getFinished())))));
    faults.add(
        fault(
            "it is of another model",
            ask,
            SnapshotResponse.getDefaultInstance(),
            answer -> edit(answer, snapshot -> snapshot.setModelDigest("other"))));
    faults.add(
        fault(
            "it is of 2 environments instead of 1",
            client -> {
              try (Session session = open(client)) {
                session.reset();
                session.snapshot(0);
              }
            },
            SnapshotResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    snapshot ->
                        snapshot
                            .addSeeds(1)
                            .addEpisodes(0)
                            .addEpisodeSteps(0)
                            .setStates(Tensors.of(new double[20], 2, 10))
                            .setFinished(Tensors.of(new boolean[2])))));
    faults.add(
        fault(
            "the session has 1 environments instead of 2",
            SessionAnswersTest::fork,
            ForkResponse.getDefaultInstance(),
            answer -> {
              ForkResponse.Builder builder = answer.toBuilder();
              builder.getSessionBuilder().setNumEnvironments(1);
              return builder.build();
            }));
    faults.add(
        fault(
            "the new session has another model",
            SessionAnswersTest::fork,
            ForkResponse.getDefaultInstance(),
            answer -> {
              ForkResponse.Builder builder = answer.toBuilder();
              builder.getSessionBuilder().getEnvironmentBuilder().setModelDigest("other");
              return builder.build();
            }));
  }

  private static void fork(GaitwayClient client) {
    try (Session session = open(client)) {
      session.reset(Reset.seeds(1, 2));
      session.fork();
    }
  }

  private static SnapshotResponse edit(
      SnapshotResponse answer, Consumer<io.gaitway.proto.v1.EnvironmentSnapshot.Builder> change) {
    SnapshotResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getSnapshotBuilder());
    return builder.build();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void anAnswerThatDoesNotFitIsAFault(
      String words, Consumer<GaitwayClient> question, Consumer<AlteredServer> alteration)
      throws IOException {
    AlteredAnswers.check(words, question, alteration);
  }
}
