package io.gaitway.bench;

import com.google.protobuf.ByteString;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.CostHessian;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.GaitwayServer;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Times remote calls of the swimmer against their limits, in turns within one run, and prints a
 * Markdown table: steps against an {@link Echo} of the same sizes over the same transport, in
 * plaintext and in TLS, Linearize against the bare kernel and a copy of the bytes. The server lets
 * nobody in without a token and counts all that it does; the echo does neither. Client and server
 * share this process and its cores; times are wall-clock. Exit status 1 when a row misses its
 * promise.
 *
 * <p>Argument: the number of passes per row.
 */
public final class RemoteCalls implements AutoCloseable {
  private static final int KNOTS = 500;
  private static final EnvironmentRef SWIMMER =
      EnvironmentRef.newBuilder().setId("swimmer").build();

  private final GuardedServer plain;
  private final GuardedServer tls;
  private final GaitwayServer inProcess;
  private final ManagedChannel inProcessChannel;
  private final Environment swimmer;
  private final int nx;
  private final int nu;

  private RemoteCalls() throws IOException {
    Environments environments = Environments.load();
    swimmer = environments.create("swimmer", Map.of());
    nx = swimmer.spec().nx();
    nu = swimmer.spec().nu();
    plain = GuardedServer.plain();
    tls = GuardedServer.tls();
    String name = InProcessServerBuilder.generateName();
    inProcess = GaitwayServer.builder(environments).start(InProcessServerBuilder.forName(name));
    inProcessChannel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  /** Runs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 1 || Integer.parseInt(args[0]) < 20) {
      System.err.println("usage: RemoteCalls PASSES, at least 20");
      System.exit(2);
    }
    boolean kept;
    try (RemoteCalls calls = new RemoteCalls()) {
      kept =
          PeerComparison.report(
              "limit", calls.rows(), Integer.parseInt(args[0]), PeerComparison.SHORT_SAMPLE);
    }
    System.exit(kept ? 0 : 1);
  }

  private List<PeerComparison> rows() {
    LinearizeRequest request = linearizeRequest();
    Sampler kernel = kernelAndCopy(request);
    return List.of(
        new PeerComparison(
            "Step, unary callback, against echo",
            new StepCalls(plain.channel()).unary(),
            unaryEcho(plain),
            0.85,
            0.95),
        new PeerComparison(
            "Step, stream in lock step, against echo",
            new StepCalls(plain.channel()).stream(1),
            streamEcho(plain),
            0.93,
            1),
        new PeerComparison(
            "Step, unary callback, TLS, against echo",
            new StepCalls(tls.channel()).unary(),
            unaryEcho(tls),
            0.85,
            0.95),
        new PeerComparison(
            "Step, stream in lock step, TLS, against echo",
            new StepCalls(tls.channel()).stream(1),
            streamEcho(tls),
            0.93,
            1),
        new PeerComparison(
            "64 swimmers a message, lock step, against 64 µs (1 M steps/s)",
            new StepCalls(plain.channel()).stream(64),
            calls -> 64e3,
            0.5,
            1),
        new PeerComparison(
            "Linearize of 500 knots over TCP, against kernel and copy",
            linearize(plain.channel(), request),
            kernel,
            1.0 / 3,
            1 / 1.5),
        new PeerComparison(
            "Linearize of 500 knots in process, against kernel and copy",
            linearize(inProcessChannel, request),
            kernel,
            0.5,
            1 / 1.2));
  }

  private Sampler unaryEcho(GuardedServer server) {
    byte[] request = echoRequest(server);
    return Sampler.timed(
        new UnaryCalls<byte[]>(
                out ->
                    ClientCalls.asyncUnaryCall(
                        server.echo().newCall(Echo.UNARY, CallOptions.DEFAULT), request, out))
            ::run);
  }

  private Sampler streamEcho(GuardedServer server) {
    LockStep<byte[]> inbox = new LockStep<>();
    StreamObserver<byte[]> out =
        ClientCalls.asyncBidiStreamingCall(
            server.echo().newCall(Echo.STREAM, CallOptions.DEFAULT), inbox);
    byte[] request = echoRequest(server);
    return Sampler.timed(calls -> inbox.run(out, request, calls));
  }

  private byte[] echoRequest(GuardedServer server) {
    StepRequest request = new StepCalls(server.channel()).step(1);
    int answer =
        EnvironmentServiceGrpc.newBlockingStub(server.channel()).step(request).getSerializedSize();
    return Echo.request(request.getSerializedSize(), answer);
  }

  private LinearizeRequest linearizeRequest() {
    Trajectory run = SwimmerRun.trajectory(swimmer, KNOTS);
    return LinearizeRequest.newBuilder()
        .setEnvironment(SWIMMER)
        .setStates(tensor(run.xs, KNOTS + 1, nx))
        .setActions(tensor(run.us, KNOTS, nu))
        .setTerminalKnot(true)
        .setCostHessian(CostHessian.COST_HESSIAN_GAUSS_NEWTON)
        .build();
  }

  private Sampler linearize(ManagedChannel channel, LinearizeRequest request) {
    var stub = DynamicsServiceGrpc.newBlockingStub(channel);
    double[] sink = new double[KNOTS * knotNumbers()];
    return timed(
        () -> {
          int at = 0;
          for (Iterator<LinearizeResponse> chunks = stub.linearize(request); chunks.hasNext(); ) {
            LinearizeResponse chunk = chunks.next();
            at = read(chunk.getNextStates(), sink, at);
            at = read(chunk.getCosts(), sink, at);
            at = read(chunk.getFx(), sink, at);
            at = read(chunk.getFu(), sink, at);
            at = read(chunk.getLx(), sink, at);
            at = read(chunk.getLu(), sink, at);
            at = read(chunk.getLxx(), sink, at);
            at = read(chunk.getLux(), sink, at);
            at = read(chunk.getLuu(), sink, at);
          }
          return at;
        });
  }

  private Sampler kernelAndCopy(LinearizeRequest request) {
    double[] xs = new double[(KNOTS + 1) * nx];
    double[] us = new double[KNOTS * nu];
    read(request.getStates(), xs, 0);
    read(request.getActions(), us, 0);
    Workspace workspace = swimmer.newWorkspace();
    Linearization knot = new Linearization(nx, nu);
    double[] from = new double[KNOTS * knotNumbers()];
    double[] to = new double[from.length];
    return timed(
        () -> {
          for (int t = 0; t < KNOTS; t++) {
            swimmer.linearize(
                workspace,
                xs,
                t * nx,
                us,
                t * nu,
                io.gaitway.sim.task.CostHessian.GAUSS_NEWTON,
                knot);
          }
          System.arraycopy(from, 0, to, 0, from.length);
          return knot;
        });
  }

  private int knotNumbers() {
    return 2 * nx * nx + 2 * nx * nu + nu * nu + 2 * nx + nu + 1;
  }

  private interface Call {
    Object run();
  }

  private static Sampler timed(Call call) {
    return Sampler.timed(
        count -> {
          for (int i = 0; i < count; i++) {
            if (call.run() == null) {
              throw new IllegalStateException("a call answered nothing");
            }
          }
        });
  }

  private static int read(Tensor tensor, double[] out, int at) {
    int count = tensor.getData().size() / Double.BYTES;
    tensor
        .getData()
        .asReadOnlyByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(out, at, count);
    return at + count;
  }

  private static Tensor tensor(double[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    Tensor.Builder tensor = Tensor.newBuilder().setDtype(DataType.DATA_TYPE_FLOAT64);
    Arrays.stream(shape).forEach(tensor::addShape);
    return tensor.setData(ByteString.copyFrom(bytes)).build();
  }

  @Override
  public void close() {
    inProcessChannel.shutdownNow();
    inProcess.close();
    tls.close();
    plain.close();
  }
}
