package io.gaitway.server.session;

import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.AnswerStream;
import io.gaitway.server.call.Job;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;

/**
 * One StepStream call. It holds no session: when the connection breaks, nothing is lost and nothing
 * leaks.
 */
final class CommandStream extends AnswerStream<StepStreamRequest, StepStreamResponse> {
  private final Sessions sessions;

  private String sessionId = "";

  CommandStream(
      Sessions sessions,
      Admission admission,
      Job job,
      ServerCallStreamObserver<StepStreamResponse> out) {
    super(admission, job, out);
    this.sessions = sessions;
  }

  @Override
  protected void begin(StepStreamRequest request) {
    switch (request.getCommandCase()) {
      case STEP -> {
        LiveSession session = attach(request.getStep().getSessionId());
        session.placeStep(
            job,
            () ->
                answer(
                    () ->
                        StepStreamResponse.newBuilder()
                            .setStep(sessions.step(session, request.getStep()))
                            .build()));
      }
      case RESET -> {
        LiveSession session = attach(request.getReset().getSessionId());
        session.placeReset(
            job,
            () ->
                answer(
                    () ->
                        StepStreamResponse.newBuilder()
                            .setReset(SessionMessages.reset(session, request.getReset()))
                            .build()));
      }
      case COMMAND_NOT_SET -> throw Errors.missing("command");
    }
  }

  /** The session that a command means: the one it names, or the one before. */
  private LiveSession attach(String id) {
    if (!id.isEmpty()) {
      sessionId = id;
    }
    return sessions.use(sessionId);
  }
}
