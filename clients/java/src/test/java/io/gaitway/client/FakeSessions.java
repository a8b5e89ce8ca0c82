package io.gaitway.client;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.CreateSessionResponse;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.DeleteSessionResponse;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.GetSessionResponse;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.RenewSessionResponse;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One session that keeps count of its steps and loses as many answers as a test wants: the step is
 * carried out, but the connection seems to break before its answer. An environment's state is the
 * sum of the actions.
 */
final class FakeSessions extends EnvironmentServiceGrpc.EnvironmentServiceImplBase {
  final AtomicInteger lose = new AtomicInteger();
  final AtomicInteger stepsAsked = new AtomicInteger();
  final AtomicInteger resets = new AtomicInteger();
  final AtomicInteger deleted = new AtomicInteger();
  final CountDownLatch renewedTwice = new CountDownLatch(2);
  final CountDownLatch ignored = new CountDownLatch(1);
  volatile boolean silent;
  volatile boolean expired;
  private long step;
  private double sum;
  private @Nullable StepResponse last;

  private Session session() {
    return Session.newBuilder()
        .setId("0123456789abcdef")
        .setEnvironment(FakeServer.spec("fake"))
        .setNumEnvironments(1)
        .setLease(com.google.protobuf.Duration.newBuilder().setNanos(150_000_000))
        .setStep(step)
        .build();
  }

  @Override
  public void createSession(
      CreateSessionRequest request, StreamObserver<CreateSessionResponse> out) {
    out.onNext(CreateSessionResponse.newBuilder().setSession(session()).build());
    out.onCompleted();
  }

  @Override
  public synchronized void getSession(
      GetSessionRequest request, StreamObserver<GetSessionResponse> out) {
    out.onNext(GetSessionResponse.newBuilder().setSession(session()).build());
    out.onCompleted();
  }

  @Override
  public void renewSession(RenewSessionRequest request, StreamObserver<RenewSessionResponse> out) {
    if (expired) {
      out.onError(refusal(Status.Code.NOT_FOUND, "SESSION_EXPIRED", "the session has expired"));
      return;
    }
    renewedTwice.countDown();
    out.onNext(RenewSessionResponse.getDefaultInstance());
    out.onCompleted();
  }

  @Override
  public void deleteSession(
      DeleteSessionRequest request, StreamObserver<DeleteSessionResponse> out) {
    deleted.incrementAndGet();
    out.onNext(DeleteSessionResponse.getDefaultInstance());
    out.onCompleted();
  }

  @Override
  public void reset(ResetRequest request, StreamObserver<ResetResponse> out) {
    resets.incrementAndGet();
    if (lose.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      out.onError(Status.UNAVAILABLE.asRuntimeException());
      return;
    }
    out.onNext(answer(request));
    out.onCompleted();
  }

  private static ResetResponse answer(ResetRequest request) {
    return ResetResponse.newBuilder()
        .setStates(Tensors.of(new double[FakeServer.NX], 1, FakeServer.NX))
        .addSeeds(request.getSeedsCount() > 0 ? request.getSeeds(0) : 77)
        .addEpisodes(0)
        .build();
  }

  @Override
  public void step(StepRequest request, StreamObserver<StepResponse> out) {
    if (silent) {
      ignored.countDown();
      return;
    }
    try {
      StepResponse response = step(request);
      if (lose.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        out.onError(Status.UNAVAILABLE.withDescription("lost").asRuntimeException());
        return;
      }
      out.onNext(response);
      out.onCompleted();
    } catch (StatusRuntimeException e) {
      out.onError(e);
    }
  }

  private synchronized StepResponse step(StepRequest request) {
    stepsAsked.incrementAndGet();
    if (last != null && request.getExpectedStep() == step - 1) {
      return last;
    }
    if (request.getExpectedStep() != step) {
      throw refusal(Status.Code.ABORTED, "STEP_OUT_OF_ORDER", "the step is out of order");
    }
    double[] us = Tensors.doubles(request.getActions(), "actions", FakeServer.NU);
    if (us[0] > 1000) {
      throw refusal(Status.Code.INVALID_ARGUMENT, "ACTION_OUT_OF_BOUNDS", "too much");
    }
    sum += us[0];
    step++;
    last =
        StepResponse.newBuilder()
            .setStep(step)
            .setStates(Tensors.of(new double[] {sum, 0, 0}, 1, FakeServer.NX))
            .setCosts(Tensors.of(new double[] {us[0]}, 1))
            .setTerminated(Tensors.of(new boolean[] {sum > 100}))
            .setTruncated(Tensors.of(new boolean[] {false}))
            .build();
    return last;
  }

  @Override
  public StreamObserver<StepStreamRequest> stepStream(StreamObserver<StepStreamResponse> out) {
    return new StreamObserver<>() {
      private boolean over;

      @Override
      public void onNext(StepStreamRequest request) {
        if (over) {
          return;
        }
        try {
          if (request.hasStep()) {
            StepResponse response = step(request.getStep());
            out.onNext(StepStreamResponse.newBuilder().setStep(response).build());
          } else {
            out.onNext(
                StepStreamResponse.newBuilder().setReset(answer(request.getReset())).build());
          }
        } catch (StatusRuntimeException e) {
          over = true;
          out.onError(e);
        }
      }

      @Override
      public void onError(Throwable t) {
        over = true;
      }

      @Override
      public void onCompleted() {
        if (!over) {
          out.onCompleted();
        }
      }
    };
  }

  private static StatusRuntimeException refusal(Status.Code code, String reason, String words) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(words)
            .addDetails(
                Any.pack(ErrorInfo.newBuilder().setDomain("gaitway").setReason(reason).build()))
            .build());
  }
}
