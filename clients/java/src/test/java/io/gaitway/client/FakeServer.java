package io.gaitway.client;

import io.gaitway.proto.v1.ActionEntry;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetEnvironmentResponse;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.StateEntry;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.function.BiConsumer;

/** A server whose answers a test writes, for an environment with nx = 3 and nu = 2. */
final class FakeServer implements AutoCloseable {
  static final int NX = 3;
  static final int NU = 2;

  volatile BiConsumer<LinearizeRequest, StreamObserver<LinearizeResponse>> linearize =
      (request, answers) -> answers.onCompleted();
  volatile BiConsumer<io.gaitway.proto.v1.RolloutRequest, StreamObserver<RolloutResponse>> rollout =
      (request, answers) -> answers.onCompleted();

  private final Server server;
  private final String name;
  private final int port;

  private FakeServer(ServerBuilder<?> builder, String name) {
    this.name = name;
    try {
      server = builder.addService(new Catalog()).addService(new Dynamics()).build().start();
      port = server.getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server within this process. */
  static FakeServer inProcess(BindableService... more) {
    String name = UUID.randomUUID().toString();
    ServerBuilder<?> builder = InProcessServerBuilder.forName(name).directExecutor();
    for (BindableService service : more) {
      builder.addService(service);
    }
    return new FakeServer(builder, name);
  }

  /** The environment that every fake answers. */
  static EnvironmentSpec spec(String id) {
    EnvironmentSpec.Builder spec = EnvironmentSpec.newBuilder().setId(id).setModelDigest("abc");
    for (int i = 0; i < NX; i++) {
      spec.addState(StateEntry.newBuilder().setName("x" + i));
    }
    for (int i = 0; i < NU; i++) {
      spec.addAction(ActionEntry.newBuilder().setName("u" + i));
    }
    return spec.build();
  }

  /** Starts a server on a free TCP port. */
  static FakeServer tcp() {
    return tcp(0);
  }

  /** Starts a server on a TCP port. */
  static FakeServer tcp(int port) {
    return new FakeServer(
        NettyServerBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port)),
        "");
  }

  int port() {
    return port;
  }

  /** The settings of a client of this server. */
  GaitwayClient.Builder client() {
    return name.isEmpty()
        ? GaitwayClient.builder().target("127.0.0.1:" + port())
        : GaitwayClient.builder().inProcess(name);
  }

  /** Stops at once, as a killed process would. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Catalog extends CatalogServiceGrpc.CatalogServiceImplBase {
    @Override
    public void getEnvironment(
        GetEnvironmentRequest request, StreamObserver<GetEnvironmentResponse> answer) {
      EnvironmentSpec spec = spec(request.getEnvironment().getId());
      answer.onNext(GetEnvironmentResponse.newBuilder().setEnvironment(spec).build());
      answer.onCompleted();
    }
  }

  private final class Dynamics extends DynamicsServiceGrpc.DynamicsServiceImplBase {
    @Override
    public void linearize(LinearizeRequest request, StreamObserver<LinearizeResponse> answers) {
      linearize.accept(request, answers);
    }

    @Override
    public void rollout(
        io.gaitway.proto.v1.RolloutRequest request, StreamObserver<RolloutResponse> answers) {
      rollout.accept(request, answers);
    }
  }
}
