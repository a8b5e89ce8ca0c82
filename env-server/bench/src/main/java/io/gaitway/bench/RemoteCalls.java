package io.gaitway.bench;

import com.google.protobuf.ByteString;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CostHessian;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Times remote calls of the swimmer against their limits, in turns within one run, and prints a
 * Markdown table: steps against an {@link Echo} of the same sizes, Linearize against the bare
 * kernel and a copy of the bytes. Client and server share this process and its cores; times are
 * wall-clock. Exit status 1 when a row misses its promise.
 *
 * <p>Argument: the number of passes per row.
 */
public final class RemoteCalls implements AutoCloseable {
  private static final int KNOTS = 500;
  private static final EnvironmentRef SWIMMER =
      EnvironmentRef.newBuilder().setId("swimmer").build();

  private final GaitwayServer tcp;
  private final GaitwayServer inProcess;
  private final ManagedChannel tcpChannel;
  private final ManagedChannel inProcessChannel;
  private final Environment swimmer;
  private final int nx;
  private final int nu;

  private RemoteCalls() throws IOException {
    Environments environments = Environments.load();
    swimmer = environments.create("swimmer", Map.of());
    nx = swimmer.spec().nx();
    nu = swimmer.spec().nu();
    tcp =
        GaitwayServer.builder(environments)
            .start(
                Transports.tcp(new InetSocketAddress("127.0.0.1", 0)).addService(Echo.service()));
    tcpChannel =
        NettyChannelBuilder.forAddress("127.0.0.1", tcp.port())
            .usePlaintext()
            .directExecutor()
            .build();
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
      kept = calls.compare(Integer.parseInt(args[0]));
    }
    System.exit(kept ? 0 : 1);
  }

  private boolean compare(int passes) {
    System.out.println(
        "| row | ours, µs | limit, µs | limit / ours, median (5 to 95 %) | at least | aim |");
    System.out.println("|---|---|---|---|---|---|");
    boolean kept = true;
    List<PeerComparison> rows = rows();
    // A transport's code is compiled late, and differently once other calls share it: every row
    // warms
    // up twice before the first is measured, and not again, or warming up would take most of the
    // time.
    for (int round = 0; round < 2; round++) {
      rows.forEach(PeerComparison::warmUp);
    }
    for (PeerComparison row : rows) {
      PeerComparison.Result result = row.run(passes);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f | %.1f | %.2f (%.2f to %.2f) | %.2f | %.2f |%n",
          row.name(),
          result.ours() / 1e3,
          result.peer() / 1e3,
          result.ratio(),
          result.low(),
          result.high(),
          row.atLeast(),
          row.aim());
      kept &= !(result.ratio() < row.atLeast());
    }
    return kept;
  }

  private List<PeerComparison> rows() {
    LinearizeRequest request = linearizeRequest();
    Sampler kernel = kernelAndCopy(request);
    return List.of(
        new PeerComparison(
            "Step, unary callback, against echo", unary(1), unaryEcho(1), 0.85, 0.95),
        new PeerComparison(
            "Step, stream in lock step, against echo", stream(1), streamEcho(1), 0.80, 0.93),
        new PeerComparison(
            "64 swimmers a message, lock step, against 64 µs (1 M steps/s)",
            stream(64),
            calls -> 64e3,
            0.5,
            1),
        new PeerComparison(
            "Linearize of 500 knots over TCP, against kernel and copy",
            linearize(tcpChannel, request),
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

  private StepRequest step(int n) {
    EnvironmentServiceGrpc.EnvironmentServiceBlockingStub stub =
        EnvironmentServiceGrpc.newBlockingStub(tcpChannel);
    String id =
        stub.createSession(
                CreateSessionRequest.newBuilder()
                    .setEnvironment(SWIMMER)
                    .setNumEnvironments(n)
                    .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP)
                    .setBoundsMode(BoundsMode.BOUNDS_MODE_CLIP)
                    .build())
            .getSession()
            .getId();
    if (stub.reset(ResetRequest.newBuilder().setSessionId(id).build()).getSeedsCount() != n) {
      throw new IllegalStateException("the reset went wrong");
    }
    return StepRequest.newBuilder()
        .setSessionId(id)
        .setActions(tensor(new double[n * nu], n, nu))
        .build();
  }

  private Sampler unary(int n) {
    StepRequest request = step(n);
    var stub = EnvironmentServiceGrpc.newStub(tcpChannel);
    return timedTogether(new UnaryCalls<StepResponse>(out -> stub.step(request, out))::run);
  }

  private Sampler unaryEcho(int n) {
    byte[] request = echoRequest(n);
    return timedTogether(
        new UnaryCalls<byte[]>(
                out ->
                    ClientCalls.asyncUnaryCall(
                        tcpChannel.newCall(Echo.UNARY, CallOptions.DEFAULT), request, out))
            ::run);
  }

  private Sampler stream(int n) {
    LockStep<StepStreamResponse> inbox = new LockStep<>();
    StreamObserver<StepStreamRequest> out =
        EnvironmentServiceGrpc.newStub(tcpChannel).stepStream(inbox);
    StepStreamRequest request = StepStreamRequest.newBuilder().setStep(step(n)).build();
    return timedTogether(calls -> inbox.run(out, request, calls));
  }

  private Sampler streamEcho(int n) {
    LockStep<byte[]> inbox = new LockStep<>();
    StreamObserver<byte[]> out =
        ClientCalls.asyncBidiStreamingCall(
            tcpChannel.newCall(Echo.STREAM, CallOptions.DEFAULT), inbox);
    byte[] request = echoRequest(n);
    return timedTogether(calls -> inbox.run(out, request, calls));
  }

  private byte[] echoRequest(int n) {
    StepRequest request = step(n);
    int answer =
        EnvironmentServiceGrpc.newBlockingStub(tcpChannel).step(request).getSerializedSize();
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

  private interface Calls {
    void run(int count);
  }

  private static Sampler timed(Call call) {
    return timedTogether(
        count -> {
          for (int i = 0; i < count; i++) {
            if (call.run() == null) {
              throw new IllegalStateException("a call answered nothing");
            }
          }
        });
  }

  private static Sampler timedTogether(Calls calls) {
    return count -> {
      long start = System.nanoTime();
      calls.run(count);
      return (double) (System.nanoTime() - start) / count;
    };
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
    tcpChannel.shutdownNow();
    inProcessChannel.shutdownNow();
    tcp.close();
    inProcess.close();
  }
}
