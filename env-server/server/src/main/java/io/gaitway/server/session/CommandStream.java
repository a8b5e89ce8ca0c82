package io.gaitway.server.session;

import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.AnswerStream;
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
      Sessions sessions, Admission admission, ServerCallStreamObserver<StepStreamResponse> out) {
    super(admission, out);
    this.sessions = sessions;
  }

  @Override
  protected StepStreamResponse answer(StepStreamRequest request) {
    StepStreamResponse.Builder answer = StepStreamResponse.newBuilder();
    switch (request.getCommandCase()) {
      case STEP -> {
        StepRequest step = request.getStep();
        answer.setStep(sessions.step(attach(step.getSessionId()), step));
      }
      case RESET -> {
        ResetRequest reset = request.getReset();
        answer.setReset(SessionMessages.reset(sessions.use(attach(reset.getSessionId())), reset));
      }
      case COMMAND_NOT_SET -> throw Errors.missing("command");
    }
    return answer.build();
  }

  /** The session that a command means: the one it names, or the one before. */
  private String attach(String id) {
    if (!id.isEmpty()) {
      sessionId = id;
    }
    return sessionId;
  }
}
