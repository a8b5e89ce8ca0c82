package io.gaitway.server;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server with a clock that tests set, a channel to it, and stubs. */
public final class Rig implements AutoCloseable {
  public static final EnvironmentRef CART = EnvironmentRef.newBuilder().setId("cart").build();

  public final GaitwayServer server;
  public final ManagedChannel channel;
  public final CatalogServiceGrpc.CatalogServiceBlockingStub catalog;
  public final EnvironmentServiceGrpc.EnvironmentServiceBlockingStub environments;
  public final EnvironmentServiceGrpc.EnvironmentServiceStub asyncEnvironments;
  public final DynamicsServiceGrpc.DynamicsServiceBlockingStub dynamics;
  private final TestClock clock;

  /** A clock that stands still unless told otherwise. */
  static final class TestClock implements InstantSource {
    private volatile Instant now = Instant.parse("2024-01-01T00:00:00Z");
    private volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return now;
    }

    Instant timeOfDay() {
      return now.plus(ahead);
    }

    void advance(Duration duration) {
      now = now.plus(duration);
    }

    void set(Duration forward) {
      ahead = forward;
    }
  }

  private Rig(GaitwayServer server, ManagedChannel channel, TestClock clock) {
    this(server, channel, clock, channel);
  }

  private Rig(GaitwayServer server, ManagedChannel channel, TestClock clock, Channel calls) {
    this.server = server;
    this.channel = channel;
    this.clock = clock;
    catalog = CatalogServiceGrpc.newBlockingStub(calls);
    environments = EnvironmentServiceGrpc.newBlockingStub(calls);
    asyncEnvironments = EnvironmentServiceGrpc.newStub(calls);
    dynamics = DynamicsServiceGrpc.newBlockingStub(calls);
  }

  /** The same server and connection, with calls over {@code calls}; closing it closes both. */
  Rig over(Channel calls) {
    return new Rig(server, channel, clock, calls);
  }

  public static Rig tcp(ServerOptions options) throws IOException {
    TestClock clock = new TestClock();
    GaitwayServer server =
        server(options, clock).start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    return new Rig(server, channel, clock);
  }

  public static Rig inProcess(ServerOptions options) throws IOException {
    TestClock clock = new TestClock();
    String name = InProcessServerBuilder.generateName();
    GaitwayServer server = server(options, clock).start(InProcessServerBuilder.forName(name));
    return new Rig(server, InProcessChannelBuilder.forName(name).directExecutor().build(), clock);
  }

  private static GaitwayServer.Builder server(ServerOptions options, TestClock clock) {
    return GaitwayServer.builder(Environments.load())
        .options(options)
        .clock(clock)
        .timeOfDay(clock::timeOfDay);
  }

  static Rig on(GaitwayServer server, ManagedChannelBuilder<?> channel) {
    return new Rig(server, channel.build(), new TestClock());
  }

  public void advance(Duration duration) {
    clock.advance(duration);
  }

  /** Sets the time of day forward, which is no time that passes. */
  public void setTimeOfDay(Duration forward) {
    clock.set(forward);
  }

  /** Asks for a session, which renews its lease. */
  public Session find(Session session) {
    return environments
        .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
        .getSession();
  }

  /** Makes a session of carts, reset with seeds 0, 1, … unless {@code request} says otherwise. */
  public Session session(CreateSessionRequest.Builder request) {
    Session session = environments.createSession(request.setEnvironment(CART).build()).getSession();
    ResetRequest.Builder reset = ResetRequest.newBuilder().setSessionId(session.getId());
    for (int i = 0; i < session.getNumEnvironments(); i++) {
      reset.addSeeds(i);
    }
    var answer = environments.reset(reset.build());
    if (answer.getSeedsCount() != session.getNumEnvironments()) {
      throw new AssertionError(answer);
    }
    return session;
  }

  public static StepRequest step(Session session, double... actions) {
    return StepRequest.newBuilder()
        .setSessionId(session.getId())
        .setActions(tensor(actions, session.getNumEnvironments(), 2))
        .build();
  }

  public static Tensor tensor(double[] values, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(DataType.DATA_TYPE_FLOAT64);
    for (long size : shape) {
      tensor.addShape(size);
    }
    return tensor.setData(ByteString.copyFrom(bytes)).build();
  }

  public static Tensor flags(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.newBuilder()
        .setDtype(DataType.DATA_TYPE_BOOL)
        .addShape(values.length)
        .setData(ByteString.copyFrom(bytes))
        .build();
  }

  public static double[] doubles(Tensor tensor) {
    double[] values = new double[tensor.getData().size() / 8];
    tensor
        .getData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(values);
    return values;
  }

  public static List<Integer> bits(Tensor tensor) {
    return tensor.getData().toByteArray().length == 0
        ? List.of()
        : java.util.stream.IntStream.range(0, tensor.getData().size())
            .mapToObj(i -> (int) tensor.getData().byteAt(i))
            .toList();
  }

  @Override
  public void close() throws InterruptedException {
    channel.shutdownNow();
    channel.awaitTermination(5, TimeUnit.SECONDS);
    server.close();
  }
}
