package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.CreateEvaluationResponse;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetEvaluationResponse;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.gaitway.proto.v1.ListSuitesRequest;
import io.gaitway.proto.v1.ListSuitesResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Unary;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Fair evaluation over gRPC. The database may wait for a disk, so nothing runs on the transport.
 */
public final class EvaluationService extends EvaluationServiceGrpc.EvaluationServiceImplBase {
  private static final int MAX_CONTROLLER = 64;
  private static final int MAX_DESCRIPTION = 1000;
  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(1);

  private final EvaluationRegister register;
  private final Executor workers;
  private final Admission admission;

  public EvaluationService(EvaluationRegister register, Executor workers, Admission admission) {
    this.register = register;
    this.workers = workers;
    this.admission = admission;
  }

  @Override
  public void listSuites(ListSuitesRequest request, StreamObserver<ListSuitesResponse> out) {
    Unary.answerOn(
        workers,
        out,
        () -> ListSuitesResponse.newBuilder().addAllSuites(register.suites().all()).build());
  }

  @Override
  public void createEvaluation(
      CreateEvaluationRequest request, StreamObserver<CreateEvaluationResponse> out) {
    Unary.answerOn(
        workers,
        out,
        () -> {
          admission.admit();
          Evaluation evaluation =
              register
                  .create(read(request))
                  .orElseThrow(
                      () ->
                          Errors.capacity(
                              "unfinished evaluations",
                              EvaluationRegister.MAX_UNFINISHED,
                              EvaluationRegister.UNUSED_LIFE));
          return CreateEvaluationResponse.newBuilder().setEvaluation(evaluation).build();
        });
  }

  private Evaluation read(CreateEvaluationRequest request) {
    if (request.getSuite().isEmpty()) {
      throw Errors.missing("suite");
    }
    SuiteModel suite =
        register
            .suites()
            .find(request.getSuite())
            .orElseThrow(() -> Errors.unknownSuite(request.getSuite(), register.suites().ids()));
    if (request.getController().isEmpty()) {
      throw Errors.missing("controller");
    }
    requireText("controller", request.getController(), MAX_CONTROLLER, false);
    requireText("description", request.getDescription(), MAX_DESCRIPTION, true);
    Duration deadline =
        request.hasActionDeadline()
            ? Errors.requireDuration(
                "action_deadline",
                request.getActionDeadline(),
                Codec.duration(suite.suite().getMinActionDeadline()),
                Codec.duration(suite.suite().getMaxActionDeadline()))
            : DEFAULT_DEADLINE;
    Errors.requireRange("parallel", request.getParallel(), 0, Integer.MAX_VALUE);
    int episodes = suite.suite().getEpisodes();
    int parallel = request.getParallel();
    return Evaluation.newBuilder()
        .setSuite(suite.suite())
        .setController(request.getController())
        .setDescription(request.getDescription())
        .setActionDeadline(Codec.duration(deadline))
        .setParallel(parallel == 0 ? episodes : Math.min(parallel, episodes))
        .build();
  }

  /** Checks a text for people: its length, and that it shows nothing but itself. */
  private static void requireText(String field, String text, int most, boolean lines) {
    int length = text.codePointCount(0, text.length());
    boolean printable =
        text.codePoints()
            .allMatch(
                c ->
                    Character.isDefined(c)
                        && Character.getType(c) != Character.FORMAT
                        && (!Character.isISOControl(c) || (lines && c == '\n')));
    if (length > most || !printable || (length > 0 && text.isBlank())) {
      throw Errors.outOfRange(
          field,
          length > most ? length + " characters long" : "'" + text.replaceAll("\\p{C}", "?") + "'",
          "1 to %d printable characters".formatted(most));
    }
  }

  @Override
  public StreamObserver<ControlRequest> control(StreamObserver<ControlResponse> out) {
    ControlCall call =
        new ControlCall(
            register, workers, admission, (ServerCallStreamObserver<ControlResponse>) out);
    call.open();
    return call;
  }

  @Override
  public void getEvaluation(
      GetEvaluationRequest request, StreamObserver<GetEvaluationResponse> out) {
    Unary.answerOn(
        workers,
        out,
        () -> {
          if (request.getEvaluationId().isEmpty()) {
            throw Errors.missing("evaluation_id");
          }
          return register
              .find(request.getEvaluationId())
              .map(
                  stored ->
                      GetEvaluationResponse.newBuilder()
                          .setEvaluation(stored.evaluation())
                          .addAllEpisodes(stored.episodes())
                          .build())
              .orElseThrow(
                  () -> Errors.evaluationNotFound("evaluation_id", request.getEvaluationId()));
        });
  }

  @Override
  public void listEvaluations(
      ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> out) {
    Unary.answerOn(
        workers,
        out,
        () -> {
          String suite = request.getSuite();
          if (!suite.isEmpty() && !register.suites().ids().contains(suite)) {
            throw Errors.unknownSuite(suite, register.suites().ids());
          }
          return ListEvaluationsResponse.newBuilder()
              .addAllEvaluations(register.leaderboard(suite))
              .build();
        });
  }
}
