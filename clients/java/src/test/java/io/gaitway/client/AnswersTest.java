package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.fixture.AlteredServer;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.Autoreset;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.ContactPoint;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.CreateEvaluationResponse;
import io.gaitway.proto.v1.CreateSessionResponse;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.ForkResponse;
import io.gaitway.proto.v1.GetEnvironmentResponse;
import io.gaitway.proto.v1.GetEvaluationResponse;
import io.gaitway.proto.v1.GetSessionResponse;
import io.gaitway.proto.v1.GetUsageResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.ListEnvironmentsResponse;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.gaitway.proto.v1.ListSuitesResponse;
import io.gaitway.proto.v1.RenewSessionResponse;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import io.gaitway.proto.v1.SnapshotResponse;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
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

/**
 * Answers that do not fit what was asked: each is the real server's, with one thing altered, and
 * each must end as a fault that says what does not fit.
 */
@Timeout(60)
class AnswersTest {
  private static final int T = 5;
  private static final String SUITE = "swimmer-still";

  /** One that nobody could allocate. */
  private static final long HUGE = 1L << 40;

  private static Tensor shaped(Tensor tensor, long... shape) {
    Tensor.Builder builder = tensor.toBuilder().clearShape();
    for (long size : shape) {
      builder.addShape(size);
    }
    return builder.build();
  }

  private static Tensor typed(Tensor tensor, DataType type) {
    return tensor.toBuilder().setDtype(type).build();
  }

  private static Tensor shorter(Tensor tensor) {
    ByteString data = tensor.getData();
    return tensor.toBuilder().setData(data.substring(0, data.size() - 1)).build();
  }

  // ---- What is asked ----

  private static Simulator simulator(GaitwayClient client) {
    return client.simulator("walker", Map.of());
  }

  private static Rollout rollOut(GaitwayClient client) {
    Simulator simulator = simulator(client);
    double[] start = simulator.environment().initialState().meanState();
    Controller still = new Controller.OpenLoop(new double[T * simulator.environment().nu()]);
    return simulator.rollout(RolloutRequest.single(T, start, still)).get(0);
  }

  private static void linearize(GaitwayClient client) {
    Trajectory trajectory = rollOut(client).trajectory();
    simulator(client)
        .linearize(
            trajectory,
            Simulator.CostHessian.EXACT,
            new Expansion(T, trajectory.nx, trajectory.nu));
  }

  private static void contactForces(GaitwayClient client) {
    simulator(client).contactForces(rollOut(client).trajectory(), T);
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

  private static void control(GaitwayClient client) {
    Evaluations evaluations = client.evaluations();
    String id = evaluations.create(EvaluationOptions.of(SUITE, "still")).id();
    evaluations.control(id, (round, us) -> {});
    evaluations.get(id);
    evaluations.leaderboard(SUITE);
  }

  // ---- What is altered ----

  private static <M extends Message> Arguments fault(
      String words, Consumer<GaitwayClient> question, M type, UnaryOperator<M> change) {
    return Arguments.of(
        words, question, (Consumer<AlteredServer>) server -> server.alter(type, change));
  }

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    descriptions(faults);
    dynamics(faults);
    rollouts(faults);
    sessions(faults);
    steps(faults);
    snapshots(faults);
    evaluations(faults);
    controls(faults);
    return faults.stream();
  }

  private static void descriptions(List<Arguments> faults) {
    for (Consumer<GaitwayClient> ask :
        List.<Consumer<GaitwayClient>>of(
            client -> client.environment("walker", Map.of()), AnswersTest::simulator)) {
      faults.add(
          fault(
              "it describes 'swimmer' instead of 'walker'",
              ask,
              GetEnvironmentResponse.getDefaultInstance(),
              answer -> edit(answer, spec -> spec.setId("swimmer"))));
    }
    Consumer<GaitwayClient> ask = AnswersTest::simulator;
    faults.add(
        fault(
            "entries in initial_state.mean instead of",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getInitialStateBuilder().addMean(0))));
    faults.add(
        fault(
            "entries in initial_state.std instead of",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getInitialStateBuilder().clearStd())));
    faults.add(
        fault(
            "has 99 in observation, which must be between 0 and",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.addObservation(99))));
    faults.add(
        fault(
            "has -1 in observation, which must be between 0 and",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.addObservation(-1))));
    faults.add(
        fault(
            "has 1 in geometry.parent, which must be between -1 and 0",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getGeometryBuilder(1).setParent(1))));
    faults.add(
        fault(
            "has 99 in geometry.angle_index, which",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getGeometryBuilder(1).setAngleIndex(99))));
    faults.add(
        fault(
            "has 99 in contact_points.link, which",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer, spec -> spec.addContactPoints(ContactPoint.newBuilder().setLink(99)))));
    faults.add(
        fault(
            "environment 'swimmer' has 0 state entries",
            GaitwayClient::environments,
            ListEnvironmentsResponse.getDefaultInstance(),
            answer -> {
              ListEnvironmentsResponse.Builder builder = answer.toBuilder();
              builder.getEnvironmentsBuilder(0).clearState();
              return builder.build();
            }));
    faults.add(
        fault(
            "the usage has a count below 0",
            client -> simulator(client).account("a").usage(),
            GetUsageResponse.getDefaultInstance(),
            answer -> {
              GetUsageResponse.Builder builder = answer.toBuilder();
              builder.getUsageBuilder().setRollouts(-1);
              return builder.build();
            }));
    faults.add(
        fault(
            "the usage has a count below 0",
            client -> simulator(client).account("a").usage(),
            GetUsageResponse.getDefaultInstance(),
            answer -> {
              GetUsageResponse.Builder builder = answer.toBuilder();
              builder.getUsageBuilder().setWorkerSeconds(Double.NaN);
              return builder.build();
            }));
  }

  private static GetEnvironmentResponse edit(
      GetEnvironmentResponse answer, Consumer<io.gaitway.proto.v1.EnvironmentSpec.Builder> change) {
    GetEnvironmentResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getEnvironmentBuilder());
    return builder.build();
  }

  private static void dynamics(List<Arguments> faults) {
    faults.add(
        fault(
            "fx has shape (%d) instead of (5, 18, 18)".formatted(HUGE),
            AnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setFx(shaped(answer.getFx(), HUGE)).build()));
    faults.add(
        fault(
            "lu has type BOOL instead of FLOAT64",
            AnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder().setLu(typed(answer.getLu(), DataType.DATA_TYPE_BOOL)).build()));
    faults.add(
        fault(
            "luu has 1439 bytes instead of 1440",
            AnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setLuu(shorter(answer.getLuu())).build()));
    faults.add(
        fault(
            "knot 2 has an unknown status",
            AnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setStatusesValue(2, 77).build()));
    faults.add(
        fault(
            "4 statuses came for 5 knots",
            AnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder()
                    .clearStatuses()
                    .addAllStatuses(answer.getStatusesList().subList(0, 4))
                    .build()));
    faults.add(
        fault(
            "knot 1 has an unknown status",
            AnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder().setStatuses(1, KnotStatus.KNOT_STATUS_UNSPECIFIED).build()));
    faults.add(
        fault(
            "contact_forces has shape () instead of (5, 8, 2)",
            AnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer -> answer.toBuilder().clearContactForces().build()));
    faults.add(
        fault(
            "states has shape (3, 6) instead of (1, 18)",
            client -> simulator(client).initialStates(1, 1),
            SampleInitialStatesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setStates(shaped(answer.getStates(), 3, 6)).build()));
    Consumer<GaitwayClient> check = client -> client.checkDerivatives("swimmer", Map.of(), 2, 1);
    faults.add(
        fault(
            "3 of 2 knots were checked",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setSamples(3).build()));
    faults.add(
        fault(
            "errors is number -1",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setWorst(-1).build()));
    faults.add(
        fault(
            "state has entries beyond those asked for",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> {
              CheckDerivativesResponse.Builder builder = answer.toBuilder();
              builder.getErrorsBuilder(0).setState(shaped(answer.getErrors(0).getState(), HUGE));
              return builder.build();
            }));
  }

  private static void rollouts(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = AnswersTest::rollOut;
    faults.add(
        fault(
            "states has entries beyond those asked for: %d rows, of at most 6".formatted(HUGE),
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setStates(shaped(part.getStates(), HUGE, 18)))));
    faults.add(
        fault(
            "states has shape (-1, 18)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setStates(shaped(part.getStates(), -1, 18)))));
    faults.add(
        fault(
            "actions has shape (6, 5) instead of (5, 6)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setActions(shaped(part.getActions(), 6, 5)))));
    faults.add(
        fault(
            "costs has shape () instead of (6)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.clearCosts())));
    faults.add(
        fault(
            "has status ROLLOUT_STATUS_UNSPECIFIED after 5 of 5 steps",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    part ->
                        part.getSummaryBuilder()
                            .setStatus(RolloutStatus.ROLLOUT_STATUS_UNSPECIFIED))));
    faults.add(
        fault(
            "has 6 clipped steps of 5",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.getSummaryBuilder().setClipped(6))));
    faults.add(
        fault(
            "it goes on after the last of 1 rollouts",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> answer.toBuilder().addParts(answer.getParts(0)).build()));
  }

  private static RolloutResponse edit(
      RolloutResponse answer, Consumer<io.gaitway.proto.v1.RolloutPart.Builder> change) {
    RolloutResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getPartsBuilder(0));
    return builder.build();
  }

  private static void sessions(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = AnswersTest::open;
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
            AnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer -> answer.hasStep() ? StepStreamResponse.getDefaultInstance() : answer));
    faults.add(
        fault(
            "a reset was answered by something else",
            AnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer -> answer.hasReset() ? StepStreamResponse.getDefaultInstance() : answer));
  }

  /** The same answer to a call and on a stream. */
  private static void resetFault(
      List<Arguments> faults, String words, UnaryOperator<ResetResponse> change) {
    faults.add(fault(words, AnswersTest::step, ResetResponse.getDefaultInstance(), change));
    faults.add(
        fault(
            words,
            AnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer ->
                answer.hasReset()
                    ? answer.toBuilder().setReset(change.apply(answer.getReset())).build()
                    : answer));
  }

  private static void stepFault(
      List<Arguments> faults, String words, UnaryOperator<StepResponse> change) {
    faults.add(fault(words, AnswersTest::step, StepResponse.getDefaultInstance(), change));
    faults.add(
        fault(
            words,
            AnswersTest::stream,
            StepStreamResponse.getDefaultInstance(),
            answer ->
                answer.hasStep()
                    ? answer.toBuilder().setStep(change.apply(answer.getStep())).build()
                    : answer));
  }

  private static void snapshots(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = AnswersTest::snapshot;
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
            AnswersTest::fork,
            ForkResponse.getDefaultInstance(),
            answer -> {
              ForkResponse.Builder builder = answer.toBuilder();
              builder.getSessionBuilder().setNumEnvironments(1);
              return builder.build();
            }));
    faults.add(
        fault(
            "the new session has another model",
            AnswersTest::fork,
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
    Consumer<GaitwayClient> control = AnswersTest::control;
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
    Consumer<GaitwayClient> ask = AnswersTest::control;
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
            AnswersTest::control,
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
    try (AlteredServer server = new AlteredServer();
        GaitwayClient client = server.client()) {
      question.accept(client);
      alteration.accept(server);
      GaitwayException fault = assertThrows(GaitwayException.class, () -> question.accept(client));
      server.restore();
      assertEquals("INTERNAL", fault.code());
      assertTrue(fault.getMessage().contains("answer cannot be used"), fault.getMessage());
      assertTrue(fault.getMessage().contains(words), fault.getMessage());
    }
  }
}
