package io.gaitway.faults;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc.EnvironmentServiceFutureStub;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Opens many sessions on a server and steps them in turn at a rate that keeps the machine, which
 * the client shares, busy to 70 %. A step's time counts from the moment that it was due, so that a
 * server that falls behind shows. Exit status 1 if a call fails or the 99th percentile misses its
 * bar.
 *
 * <p>Arguments: the numbers of sessions, connections, seconds.
 */
public final class ManySessions implements AutoCloseable {
  private static final double LOAD = 0.7;
  private static final double BAR_MILLIS = 100;
  private static final int OUTSTANDING = 256;
  private static final Duration WARM_UP = Duration.ofSeconds(15);
  private static final Duration CALIBRATION = Duration.ofSeconds(10);

  private final ServerProcess server;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<EnvironmentServiceFutureStub> stubs = new ArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private final int sessions;
  private final StepRequest[] steps;
  private int next;

  private ManySessions(int sessions, int connections) throws IOException {
    this.sessions = sessions;
    steps = new StepRequest[sessions];
    server =
        new ServerProcess(
            "--max-sessions=" + sessions,
            "--max-sessions-per-principal=" + sessions,
            "--max-session-bytes=" + 400_000L * 2 * sessions,
            "--max-calls-per-second=1000000",
            "--lease=3600");
    for (int i = 0; i < connections; i++) {
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(server.address()).usePlaintext().directExecutor().build();
      channels.add(channel);
      stubs.add(EnvironmentServiceGrpc.newFutureStub(channel));
    }
  }

  /** Runs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("usage: ManySessions SESSIONS CONNECTIONS SECONDS");
      System.exit(2);
    }
    boolean kept;
    try (ManySessions run =
        new ManySessions(Integer.parseInt(args[0]), Integer.parseInt(args[1]))) {
      kept = run.run(Duration.ofSeconds(Integer.parseInt(args[2])));
    }
    System.exit(kept ? 0 : 1);
  }

  private boolean run(Duration length) throws IOException {
    long began = System.nanoTime();
    open();
    System.out.printf(
        Locale.ROOT, "%d sessions opened in %.1f s%n", sessions, (System.nanoTime() - began) / 1e9);
    most(WARM_UP);
    double most = most(CALIBRATION);
    double rate = most / 2;
    Load half = new Load();
    paced(rate, CALIBRATION);
    rate *= LOAD / half.busy();
    System.out.printf(
        Locale.ROOT,
        "as fast as possible: %.0f steps/s; with the machine busy to %.0f %%: %.0f%n",
        most,
        100 * LOAD,
        rate);
    Load load = new Load();
    double[] millis = paced(rate, length);
    System.out.printf(
        Locale.ROOT,
        "busy to %.0f %%, the server alone to %.0f %%%n",
        100 * load.busy(),
        100 * load.busyServer());
    double p99 = quantile(millis, 0.99);
    System.out.printf(
        Locale.ROOT,
        "%d steps of %d sessions over %d connections, %d failed; ms: median %.2f, p99 %.2f, p99.9"
            + " %.2f, most %.2f%n",
        millis.length,
        sessions,
        channels.size(),
        failures.get(),
        quantile(millis, 0.5),
        p99,
        quantile(millis, 0.999),
        quantile(millis, 1));
    ServerProcess.Resources held = server.resources();
    System.out.printf(
        Locale.ROOT,
        "the server holds %d sessions in %.0f MiB%n",
        held.sessions(),
        held.heap() / 0x1p20);
    boolean kept = failures.get() == 0 && p99 <= BAR_MILLIS;
    System.out.println(kept ? "kept" : "missed: no failure, and p99 at most 100 ms");
    return kept;
  }

  /** What the server and this client use of the machine's processors from now on. */
  private final class Load {
    private final long began = System.nanoTime();
    private final Duration ofServer = server.cpu();
    private final Duration ofClient = clientCpu();

    double busyServer() {
      return share(server.cpu().minus(ofServer));
    }

    double busy() {
      return busyServer() + share(clientCpu().minus(ofClient));
    }

    private double share(Duration cpu) {
      double nanos = (double) System.nanoTime() - began;
      return cpu.toNanos() / nanos / Runtime.getRuntime().availableProcessors();
    }
  }

  private static Duration clientCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }

  private EnvironmentServiceFutureStub stub(int session) {
    return stubs.get(session % stubs.size());
  }

  /** Opens the sessions and starts their episodes. */
  private void open() {
    EnvironmentRef swimmer = EnvironmentRef.newBuilder().setId("swimmer").build();
    CreateSessionRequest create = CreateSessionRequest.newBuilder().setEnvironment(swimmer).build();
    inParallel(
        sessions,
        i ->
            Futures.transformAsync(
                stub(i).createSession(create),
                made -> reset(i, made.getSession()),
                MoreExecutors.directExecutor()));
    if (failures.get() > 0) {
      throw new IllegalStateException(failures.get() + " sessions could not be opened");
    }
  }

  private ListenableFuture<ResetResponse> reset(int i, Session session) {
    int nu = session.getEnvironment().getActionCount();
    steps[i] =
        StepRequest.newBuilder()
            .setSessionId(session.getId())
            .setActions(
                Tensor.newBuilder()
                    .setDtype(DataType.DATA_TYPE_FLOAT64)
                    .addShape(1)
                    .addShape(nu)
                    .setData(ByteString.copyFrom(new byte[8 * nu])))
            .build();
    return stub(i)
        .reset(ResetRequest.newBuilder().setSessionId(session.getId()).addSeeds(i).build());
  }

  /** Makes calls with {@link #OUTSTANDING} of them under way, and waits for all. */
  private void inParallel(int count, IntFunction<ListenableFuture<?>> call) {
    Semaphore places = new Semaphore(OUTSTANDING);
    for (int i = 0; i < count; i++) {
      places.acquireUninterruptibly();
      watch(call.apply(i), places::release);
    }
    places.acquireUninterruptibly(OUTSTANDING);
  }

  private void watch(ListenableFuture<?> call, Runnable whenDone) {
    call.addListener(
        () -> {
          try {
            Futures.getDone(call);
          } catch (Exception e) {
            if (failures.getAndIncrement() == 0) {
              System.out.println("the first failure: " + e.getMessage());
            }
          }
          whenDone.run();
        },
        MoreExecutors.directExecutor());
  }

  private ListenableFuture<StepResponse> stepNext() {
    int session = next++ % sessions;
    return stub(session).step(steps[session]);
  }

  /** Steps in turn as fast as the server answers; answers steps per second. */
  private double most(Duration length) {
    long began = System.nanoTime();
    int count = 0;
    while (System.nanoTime() - began < length.toNanos()) {
      inParallel(4 * OUTSTANDING, i -> stepNext());
      count += 4 * OUTSTANDING;
    }
    return count / ((System.nanoTime() - began) / 1e9);
  }

  /** Steps in turn, each when it is due; answers the times until they were answered, ms. */
  private double[] paced(double rate, Duration length) {
    int count = (int) (rate * length.toNanos() / 1e9);
    double[] millis = new double[count];
    Semaphore done = new Semaphore(0);
    long began = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long due = began + (long) (i * 1e9 / rate);
      for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
        LockSupport.parkNanos(early);
      }
      int at = i;
      watch(
          stepNext(),
          () -> {
            millis[at] = (System.nanoTime() - due) / 1e6;
            done.release();
          });
    }
    done.acquireUninterruptibly(count);
    return millis;
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))];
  }

  @Override
  public void close() throws IOException {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }
}
