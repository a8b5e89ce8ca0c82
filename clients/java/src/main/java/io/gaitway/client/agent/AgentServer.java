package io.gaitway.client.agent;

import io.gaitway.address.Address;
import io.gaitway.address.Handshake;
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
import org.jspecify.annotations.Nullable;

/**
 * Serves an agent to another process, on a Unix socket that no other user reaches, or on a loopback
 * port. Whoever starts it prints {@link #handshake} and keeps to the life of such a process, which
 * {@code agent.proto} describes.
 */
public final class AgentServer implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(AgentServer.class.getName());
  private static final int MAX_MESSAGE_BYTES = 64 << 20;
  private static final int MAX_PORT = 65_535;

  private final Server server;
  private final AtomicInteger trainings;
  private final @Nullable PrivateListener listener;

  private AgentServer(Server server, AtomicInteger trainings, @Nullable PrivateListener listener) {
    this.server = server;
    this.trainings = trainings;
    this.listener = listener;
  }

  /**
   * Starts to serve an agent to processes of this user; its trainings run on threads of their own.
   * Where there are no Unix sockets, it is served on a loopback port, which other users reach.
   *
   * @throws IOException if nothing can listen
   */
  public static AgentServer start(AgentService agent) throws IOException {
    if (!PrivateListener.isPossible()) {
      return start(agent, 0);
    }
    PrivateListener listener = PrivateListener.open();
    try {
      return start(agent, listener.builder(), listener);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /**
   * As {@link #start(AgentService)}, on a loopback port, which other users of this machine reach.
   *
   * @param port TCP port, 0 for any that is free
   * @throws IOException if the port is taken
   * @throws IllegalArgumentException if there is no such port
   */
  public static AgentServer start(AgentService agent, int port) throws IOException {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "port must be between 0 and %d, but is %d".formatted(MAX_PORT, port));
    }
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    return start(agent, NettyServerBuilder.forAddress(address), null);
  }

  private static AgentServer start(
      AgentService agent, NettyServerBuilder builder, @Nullable PrivateListener listener)
      throws IOException {
    HealthStatusManager health = new HealthStatusManager();
    AtomicInteger trainings = new AtomicInteger();
    Server server =
        builder
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(new Service(agent, trainings))
            .addService(health.getHealthService())
            .build()
            .start();
    health.setStatus("", ServingStatus.SERVING);
    health.setStatus(AgentServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
    return new AgentServer(server, trainings, listener);
  }

  /** The line that tells the other process where to connect. */
  public String handshake() {
    if (listener != null) {
      return Handshake.AGENT.line(listener.address());
    }
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    return Handshake.AGENT.line(new Address.Tcp(host, server.getPort()));
  }

  /** Whether a training is in progress. */
  public boolean isBusy() {
    return trainings.get() > 0;
  }

  /** Stops at once. */
  @Override
  public void close() {
    server.shutdownNow();
    if (listener != null) {
      listener.close();
    }
  }

  private static final class Service extends AgentServiceGrpc.AgentServiceImplBase {
    private final AgentService agent;
    private final AtomicInteger trainings;

    Service(AgentService agent, AtomicInteger trainings) {
      this.agent = agent;
      this.trainings = trainings;
    }

    @Override
    public void describe(DescribeRequest request, StreamObserver<DescribeResponse> responses) {
      try {
        responses.onNext(AgentCodec.encode(agent.describe(request.getEnvironment())));
        responses.onCompleted();
      } catch (RuntimeException e) {
        responses.onError(status(e, true).asException());
      }
    }

    @Override
    public StreamObserver<TrainRequest> train(StreamObserver<TrainResponse> responses) {
      trainings.incrementAndGet();
      return new ServedTraining(agent, responses, trainings::decrementAndGet);
    }
  }

  /**
   * What a call ends with whose work has failed.
   *
   * @param asked whether the fault may lie in what was asked, rather than in the work itself
   */
  static Status status(RuntimeException fault, boolean asked) {
    @Nullable String message = fault.getMessage();
    String words = message == null || message.isBlank() ? "it had an internal fault" : message;
    if (asked && fault instanceof IllegalArgumentException) {
      return Status.INVALID_ARGUMENT.withDescription(words).withCause(fault);
    }
    // Where it came from is for whoever writes the agent: the host keeps what a process prints.
    LOGGER.log(System.Logger.Level.ERROR, words, fault);
    return Status.INTERNAL.withDescription(words).withCause(fault);
  }
}
