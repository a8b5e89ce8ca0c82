package io.gaitway.client.agent;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.internal.Target;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.gaitway.proto.v1.DescribeRequest;
import io.gaitway.proto.v1.DescribeResponse;
import io.gaitway.proto.v1.TrainRequest;
import io.gaitway.proto.v1.TrainResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves a learning method to another process, on a loopback address. Whoever starts it prints
 * {@link #handshake} and keeps to the life of such a process, which {@code agent.proto} describes.
 */
public final class AgentServer implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final Server server;
  private final AtomicInteger trainings;

  private AgentServer(Server server, AtomicInteger trainings) {
    this.server = server;
    this.trainings = trainings;
  }

  /**
   * Starts to serve a method; its trainings run on threads of their own.
   *
   * @param port TCP port, 0 for any that is free
   * @throws IOException if the port is taken
   */
  public static AgentServer start(AgentMethod method, int port) throws IOException {
    HealthStatusManager health = new HealthStatusManager();
    AtomicInteger trainings = new AtomicInteger();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(new Service(method, trainings))
            .addService(health.getHealthService())
            .build()
            .start();
    health.setStatus("", ServingStatus.SERVING);
    health.setStatus(AgentServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
    return new AgentServer(server, trainings);
  }

  /** The line that tells the other process where to connect. */
  public String handshake() {
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return AgentHandshake.line(new Target.Tcp(host, server.getPort()));
  }

  /** Whether a training is in progress. */
  public boolean isBusy() {
    return trainings.get() > 0;
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.shutdownNow();
  }

  private static final class Service extends AgentServiceGrpc.AgentServiceImplBase {
    private final AgentMethod method;
    private final AtomicInteger trainings;

    Service(AgentMethod method, AtomicInteger trainings) {
      this.method = method;
      this.trainings = trainings;
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<DescribeResponse> responses) {
      try {
        responses.onNext(AgentCodec.encode(method.describe(request.getEnvironment())));
        responses.onCompleted();
      } catch (RuntimeException e) {
        responses.onError(status(e, true).asException());
      }
    }

    @Override
    public StreamObserver<TrainRequest> train(StreamObserver<TrainResponse> responses) {
      trainings.incrementAndGet();
      return new ServedTraining(method, responses, trainings::decrementAndGet);
    }
  }

  /**
   * What a call ends with whose work has failed.
   *
   * @param asked whether the fault may lie in what was asked, rather than in the work itself
   */
  static Status status(RuntimeException fault, boolean asked) {
    String words = String.valueOf(fault.getMessage());
    return asked && fault instanceof IllegalArgumentException
        ? Status.INVALID_ARGUMENT.withDescription(words).withCause(fault)
        : Status.INTERNAL
            .withDescription(fault instanceof GaitwayException ? words : fault.toString())
            .withCause(fault);
  }
}
