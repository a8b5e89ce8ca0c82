package io.gaitway.faults;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.Tensor;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Something that one client does to a server and that others must not feel. */
enum Attack {
  /** Few bytes that ask for a second of control steps each. */
  LONG_CONTROL_STEPS(4, 20, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return summary(
          rollout(swimmer("links", 12, "substeps", 1000), 24, 1, 1500)
              .addControllers(network(new int[] {0}, 11)));
    }
  },

  /** A network of 58 MB. */
  LARGE_NETWORK(2, 2, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return summary(
          rollout(swimmer(), 10, 1, 200).addControllers(network(new int[] {0}, 2600, 2700, 2)));
    }
  },

  /** One request for millions of control steps. */
  LONG_ROLLOUT(1, 2, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return summary(rollout(swimmer(), 10, 50, 100_000).addControllers(network(new int[] {0}, 2)));
    }
  },

  /** Large answers that nobody reads. */
  UNREAD_ANSWERS(2, 80, true) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return initialStates();
    }
  },

  /** Streams that nobody reads. */
  UNREAD_STREAMS(2, 80, true) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return new Call<>(
          DynamicsServiceGrpc.getRolloutMethod(),
          rollout(swimmer(), 10, 50, 4000).addControllers(network(new int[] {0}, 2)).build());
    }
  },

  /** Models that nobody has asked for before. */
  NEW_MODELS(4, 4, false) {
    private final AtomicInteger made = new AtomicInteger();

    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return new Call<>(
          CatalogServiceGrpc.getGetEnvironmentMethod(),
          GetEnvironmentRequest.newBuilder()
              .setEnvironment(
                  swimmer("links", 12, "target_speed", 1 + 1e-6 * made.incrementAndGet()))
              .build());
    }
  },

  /** Steps of 1024 environments with 1000 integrator steps each. */
  LARGE_SESSIONS(2, 4, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      Session session =
          EnvironmentServiceGrpc.newBlockingStub(channel)
              .createSession(
                  CreateSessionRequest.newBuilder()
                      .setEnvironment(swimmer("substeps", 1000))
                      .setNumEnvironments(1024)
                      .build())
              .getSession();
      EnvironmentServiceGrpc.newBlockingStub(channel)
          .reset(ResetRequest.newBuilder().setSessionId(session.getId()).build());
      return new Call<>(
          EnvironmentServiceGrpc.getStepMethod(),
          StepRequest.newBuilder()
              .setSessionId(session.getId())
              .setActions(zeros(1024, 2))
              .build());
    }
  },

  /** As many initial states as one request may ask for. */
  INITIAL_STATES(4, 10, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return initialStates();
    }
  },

  /** Derivatives of the largest model, compared with differences. */
  CHECKED_DERIVATIVES(4, 4, false) {
    @Override
    Call<?> call(ManagedChannel channel, int number) {
      return new Call<>(
          DynamicsServiceGrpc.getCheckDerivativesMethod(),
          CheckDerivativesRequest.newBuilder()
              .setEnvironment(swimmer("links", 12, "substeps", 1000))
              .setSamples(10)
              .build());
    }
  };

  /** Connections that it takes. */
  final int connections;

  /** Calls that run at a time on each. */
  final int calls;

  /** Whether nobody reads the answers. */
  final boolean unread;

  Attack(int connections, int calls, boolean unread) {
    this.connections = connections;
    this.calls = calls;
    this.unread = unread;
  }

  /** A call of the attack. */
  abstract Call<?> call(ManagedChannel channel, int number);

  /** A method and its request. */
  record Call<Q>(MethodDescriptor<Q, ?> method, Q request) {
    /** Begins the call; {@code ended} is run when it is over, whatever way. */
    ClientCall<Q, ?> begin(ManagedChannel channel, boolean unread, Runnable ended) {
      return begin(method, channel, unread, ended);
    }

    private <R> ClientCall<Q, R> begin(
        MethodDescriptor<Q, R> known, ManagedChannel channel, boolean unread, Runnable ended) {
      ClientCall<Q, R> call = channel.newCall(known, CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(R message) {
              call.request(1);
            }

            @Override
            public void onClose(Status status, @Nullable Metadata trailers) {
              ended.run();
            }
          },
          new Metadata());
      if (!unread) {
        call.request(2);
      }
      call.sendMessage(request);
      call.halfClose();
      return call;
    }
  }

  /** As many initial states as one answer has room for. */
  private static Call<?> initialStates() {
    return new Call<>(
        DynamicsServiceGrpc.getSampleInitialStatesMethod(),
        SampleInitialStatesRequest.newBuilder().setEnvironment(swimmer()).setCount(50_000).build());
  }

  private static Call<?> summary(RolloutRequest.Builder rollout) {
    return new Call<>(
        DynamicsServiceGrpc.getRolloutMethod(),
        rollout.setDetail(RolloutDetail.ROLLOUT_DETAIL_SUMMARY).build());
  }

  static EnvironmentRef swimmer(Object... parameters) {
    EnvironmentRef.Builder reference = EnvironmentRef.newBuilder().setId("swimmer");
    for (int i = 0; i < parameters.length; i += 2) {
      reference.putParameters((String) parameters[i], ((Number) parameters[i + 1]).doubleValue());
    }
    return reference.build();
  }

  static RolloutRequest.Builder rollout(EnvironmentRef reference, int nx, int seeds, int horizon) {
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setEnvironment(reference)
            .setInitialStates(zeros(1, nx))
            .setHorizon(horizon);
    IntStream.range(0, seeds).forEach(request::addSeeds);
    return request;
  }

  /** A network of so many units in each layer, all weights 0. */
  static Controller network(int[] inputs, int... units) {
    MlpController.Builder network = MlpController.newBuilder();
    int width = inputs.length;
    for (int input : inputs) {
      network.addInputs(input);
    }
    for (int count : units) {
      network.addLayers(
          MlpLayer.newBuilder()
              .setWeights(zeros(count, width))
              .setBiases(zeros(count))
              .setActivation(Activation.ACTIVATION_TANH));
      width = count;
    }
    return Controller.newBuilder().setMlp(network).build();
  }

  static Tensor zeros(int... shape) {
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(DataType.DATA_TYPE_FLOAT64);
    int count = 1;
    for (int size : shape) {
      tensor.addShape(size);
      count *= size;
    }
    return tensor.setData(ByteString.copyFrom(new byte[8 * count])).build();
  }
}
