package io.gaitway.bench;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;

/** Steps of swimmers in sessions of a server. */
record StepCalls(ManagedChannel channel) {
  /** A step of a new session of {@code n} swimmers at rest. */
  StepRequest step(int n) {
    EnvironmentServiceGrpc.EnvironmentServiceBlockingStub stub =
        EnvironmentServiceGrpc.newBlockingStub(channel);
    Session session =
        stub.createSession(
                CreateSessionRequest.newBuilder()
                    .setEnvironment(EnvironmentRef.newBuilder().setId("swimmer"))
                    .setNumEnvironments(n)
                    .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP)
                    .setBoundsMode(BoundsMode.BOUNDS_MODE_CLIP)
                    .build())
            .getSession();
    String id = session.getId();
    if (stub.reset(ResetRequest.newBuilder().setSessionId(id).build()).getSeedsCount() != n) {
      throw new IllegalStateException("the reset went wrong");
    }
    int nu = session.getEnvironment().getActionCount();
    return StepRequest.newBuilder()
        .setSessionId(id)
        .setActions(
            Tensor.newBuilder()
                .setDtype(DataType.DATA_TYPE_FLOAT64)
                .addShape(n)
                .addShape(nu)
                .setData(ByteString.copyFrom(new byte[Double.BYTES * n * nu])))
        .build();
  }

  /** Unary calls, each in the callback that ends the one before. */
  Sampler unary() {
    StepRequest request = step(1);
    var stub = EnvironmentServiceGrpc.newStub(channel);
    return Sampler.timed(new UnaryCalls<StepResponse>(out -> stub.step(request, out))::run);
  }

  /** Messages for {@code n} swimmers, each sent when the answer to the one before has come. */
  Sampler stream(int n) {
    LockStep<StepStreamResponse> inbox = new LockStep<>();
    StreamObserver<StepStreamRequest> out =
        EnvironmentServiceGrpc.newStub(channel).stepStream(inbox);
    StepStreamRequest request = StepStreamRequest.newBuilder().setStep(step(n)).build();
    return Sampler.timed(calls -> inbox.run(out, request, calls));
  }
}
