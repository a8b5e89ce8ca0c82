package io.gaitway.client.evaluation;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.error.PermissionDeniedException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetEvaluationResponse;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.gaitway.proto.v1.ListSuitesRequest;
import io.gaitway.proto.v1.RemoveEvaluationRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Fair comparison of controllers: the server drives episodes and keeps the score, the controller
 * answers states with actions. Methods throw as those of {@link GaitwayClient} do.
 */
public final class Evaluations {
  private final Calls calls;

  /** Called by the client that they belong to. */
  public Evaluations(Calls calls) {
    this.calls = calls;
  }

  /** The suites, sorted by name. */
  public List<Suite> suites() {
    return calls
        .unary(
            EvaluationServiceGrpc.getListSuitesMethod(),
            ListSuitesRequest.getDefaultInstance(),
            "list of suites",
            calls.deadline(0))
        .getSuitesList()
        .stream()
        .map(EvaluationCodec::suite)
        .toList();
  }

  /**
   * Opens an evaluation; nothing runs before somebody controls it.
   *
   * @throws NotFoundException if the server has no such suite
   * @throws InvalidArgumentException if a name, a text or a number is not allowed
   */
  public EvaluationInfo create(EvaluationOptions options) {
    EvaluationInfo created =
        EvaluationCodec.evaluation(
            calls
                .unary(
                    EvaluationServiceGrpc.getCreateEvaluationMethod(),
                    EvaluationCodec.create(options),
                    "new evaluation",
                    calls.deadline(0))
                .getEvaluation());
    if (created.id().isEmpty()) {
      throw Tensors.answer("the new evaluation has no id");
    }
    requireSuite(created, options.suite());
    return created;
  }

  /**
   * Controls an evaluation until its last episode has ended. Takes control from whoever has it. If
   * this fails, the episodes wait where they are for the next who controls them; those in a round
   * with a fault of the controller have ended.
   *
   * @return the episodes that ended meanwhile, in the order of their ends
   * @throws NotFoundException if the server has no such evaluation
   * @throws FailedPreconditionException if it is over, or the controller is at fault; {@code
   *     reason()} tells which
   * @throws GaitwayException with reason {@code CONTROL_TAKEN_OVER} if somebody else takes control
   */
  public List<EpisodeResult> control(String evaluationId, ControllerFunction controller) {
    try (ControlStream stream = new ControlStream(calls, evaluationId)) {
      return stream.run(controller);
    }
  }

  /**
   * An evaluation and the episodes that it has finished so far.
   *
   * @throws NotFoundException if the server has no such evaluation
   */
  public EvaluationReport get(String evaluationId) {
    GetEvaluationRequest request =
        GetEvaluationRequest.newBuilder().setEvaluationId(evaluationId).build();
    GetEvaluationResponse response =
        calls.unary(
            EvaluationServiceGrpc.getGetEvaluationMethod(),
            request,
            "description of an evaluation",
            calls.deadline(0));
    EvaluationInfo evaluation = EvaluationCodec.evaluation(response.getEvaluation());
    if (!evaluation.id().equals(evaluationId)) {
      throw Tensors.answer("it describes another evaluation");
    }
    return new EvaluationReport(
        evaluation,
        response.getEpisodesList().stream()
            .map(result -> EvaluationCodec.result(result, evaluation.suite()))
            .toList());
  }

  /**
   * Removes an evaluation that has ended; only for who may do all on the server.
   *
   * @throws NotFoundException if the server has no such evaluation
   * @throws PermissionDeniedException if the caller is no admin
   */
  public void remove(String evaluationId) {
    calls.unary(
        EvaluationServiceGrpc.getRemoveEvaluationMethod(),
        RemoveEvaluationRequest.newBuilder().setEvaluationId(evaluationId).build(),
        "removal of an evaluation",
        calls.deadline(0));
  }

  /**
   * The leaderboard: evaluations that have ended, the best of each suite first, without their ids.
   * It comes in parts; this fetches all of them.
   *
   * @param suite name of a suite, or empty for all
   * @throws NotFoundException if the server has no such suite
   */
  public List<EvaluationInfo> leaderboard(String suite) {
    List<EvaluationInfo> found = new ArrayList<>();
    Set<String> asked = new HashSet<>();
    String token = "";
    do {
      if (!asked.add(token)) {
        throw Tensors.answer("the leaderboard does not end: a page was given twice");
      }
      ListEvaluationsRequest request =
          ListEvaluationsRequest.newBuilder().setSuite(suite).setPageToken(token).build();
      ListEvaluationsResponse page =
          calls.unary(
              EvaluationServiceGrpc.getListEvaluationsMethod(),
              request,
              "leaderboard",
              calls.deadline(0));
      page.getEvaluationsList().forEach(each -> found.add(EvaluationCodec.evaluation(each)));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    if (!suite.isEmpty()) {
      found.forEach(evaluation -> requireSuite(evaluation, suite));
    }
    return List.copyOf(found);
  }

  private static void requireSuite(EvaluationInfo evaluation, String suite) {
    if (!evaluation.suite().id().equals(suite)) {
      throw Tensors.answer(
          "an evaluation is of suite '%s' instead of '%s'"
              .formatted(evaluation.suite().id(), suite));
    }
  }
}
