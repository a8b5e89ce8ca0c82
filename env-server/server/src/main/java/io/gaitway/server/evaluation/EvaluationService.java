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
import io.gaitway.proto.v1.RemoveEvaluationRequest;
import io.gaitway.proto.v1.RemoveEvaluationResponse;
import io.gaitway.server.access.Audit;
import io.gaitway.server.access.Caller;
import io.gaitway.server.access.Principal;
import io.gaitway.server.access.Scope;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Ending;
import io.gaitway.server.call.Unary;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Fair evaluation over gRPC. Nothing runs on the transport's threads. */
public final class EvaluationService extends EvaluationServiceGrpc.EvaluationServiceImplBase {
  /** What a server with this service can do beyond the least. */
  public static final List<String> CAPABILITIES = List.of("evaluations");

  private static final int MAX_CONTROLLER = 64;
  private static final int MAX_DESCRIPTION = 1000;
  private static final int DEFAULT_PAGE = 50;

  /** Entries of a page, which all clients take whatever their descriptions are. */
  private static final int MAX_PAGE = 200;

  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(1);

  private final EvaluationRegister register;
  private final Executor compute;
  private final Admission admission;

  /**
   * Prepares.
   *
   * @param compute runs what may take time, but does not wait for the database
   */
  EvaluationService(EvaluationRegister register, Executor compute, Admission admission) {
    this.register = register;
    this.compute = compute;
    this.admission = admission;
  }

  /** Answers with what comes of {@code work}, which begins now. */
  private static <M> void answer(StreamObserver<M> out, Supplier<CompletableFuture<M>> work) {
    CompletableFuture<M> begun;
    try {
      begun = work.get();
    } catch (RejectedExecutionException e) {
      Ending.fail(out, Errors.draining());
      return;
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    begun.whenComplete(
        (message, failure) -> {
          if (failure == null) {
            Unary.answer(out, () -> message);
          } else {
            Ending.fail(out, Failures.cause(failure));
          }
        });
  }

  @Override
  public void listSuites(ListSuitesRequest request, StreamObserver<ListSuitesResponse> out) {
    Unary.answerOn(
        compute,
        out,
        () -> ListSuitesResponse.newBuilder().addAllSuites(register.suites().all()).build());
  }

  @Override
  public void createEvaluation(
      CreateEvaluationRequest request, StreamObserver<CreateEvaluationResponse> out) {
    Caller caller = Caller.ofCall();
    answer(
        out,
        () -> {
          admission.admit();
          return CompletableFuture.supplyAsync(() -> read(request), compute)
              .thenCompose(evaluation -> register.create(evaluation, caller.principal().name()))
              .thenApply(
                  created -> {
                    Audit.note(caller, "evaluation.created", created.getId());
                    return CreateEvaluationResponse.newBuilder().setEvaluation(created).build();
                  });
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
            register, Caller.ofCall(), admission, (ServerCallStreamObserver<ControlResponse>) out);
    call.open();
    return call;
  }

  @Override
  public void getEvaluation(
      GetEvaluationRequest request, StreamObserver<GetEvaluationResponse> out) {
    String id = request.getEvaluationId();
    Principal principal = Caller.ofCall().principal();
    answer(
        out,
        () -> {
          if (id.isEmpty()) {
            throw Errors.missing("evaluation_id");
          }
          return register
              .find(id)
              .thenApply(
                  found ->
                      found
                          .filter(stored -> principal.mayUse(stored.principal()))
                          .map(EvaluationService::described)
                          .orElseThrow(() -> Errors.evaluationNotFound("evaluation_id", id)));
        });
  }

  private static GetEvaluationResponse described(EvaluationStore.Stored stored) {
    return GetEvaluationResponse.newBuilder()
        .setEvaluation(stored.evaluation())
        .addAllEpisodes(stored.episodes())
        .build();
  }

  @Override
  public void removeEvaluation(
      RemoveEvaluationRequest request, StreamObserver<RemoveEvaluationResponse> out) {
    String id = request.getEvaluationId();
    Caller caller = Caller.ofCall();
    answer(
        out,
        () -> {
          admission.admit();
          if (id.isEmpty()) {
            throw Errors.missing("evaluation_id");
          }
          return register
              .remove(id)
              .thenApply(
                  removed -> {
                    if (!removed) {
                      throw Errors.evaluationNotFound("evaluation_id", id);
                    }
                    Audit.note(caller, "evaluation.removed", id);
                    return RemoveEvaluationResponse.getDefaultInstance();
                  });
        });
  }

  @Override
  public void listEvaluations(
      ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> out) {
    String suite = request.getSuite();
    boolean withIds = Caller.ofCall().principal().scopes().contains(Scope.ADMIN);
    answer(
        out,
        () -> {
          if (!suite.isEmpty() && !register.suites().ids().contains(suite)) {
            throw Errors.unknownSuite(suite, register.suites().ids());
          }
          Errors.requireRange("page_size", request.getPageSize(), 0, Integer.MAX_VALUE);
          int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
          LeaderboardPlace after = LeaderboardPlace.of(request.getPageToken(), suite);
          return register
              .leaderboard(suite, after, Math.min(size, MAX_PAGE), withIds)
              .thenApply(
                  page ->
                      ListEvaluationsResponse.newBuilder()
                          .addAllEvaluations(page.evaluations())
                          .setNextPageToken(page.next().map(next -> next.token(suite)).orElse(""))
                          .build());
        });
  }
}
