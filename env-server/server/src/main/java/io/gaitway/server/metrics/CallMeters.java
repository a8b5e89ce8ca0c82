package io.gaitway.server.metrics;

import io.gaitway.proto.v1.ErrorReason;
import io.gaitway.server.wire.Errors;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Counts calls: {@code gaitway.calls}, the time of each by method and status, and {@code
 * gaitway.refusals}, those that the server ended with a fault, by method and reason.
 */
public final class CallMeters extends ServerStreamTracer.Factory {
  /** Methods that are not the server's, so that strangers cannot fill the registry. */
  private static final String OTHER = "other";

  private static final Duration[] BUCKETS =
      LongStream.of(1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final MeterRegistry meters;
  private final Map<Ending, Timer> timers = new ConcurrentHashMap<>();
  private final Map<Refusal, Counter> refusals = new ConcurrentHashMap<>();

  private record Ending(String method, Status.Code code) {}

  private record Refusal(String method, ErrorReason reason) {}

  /** Counts in a registry. */
  public CallMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Watch();
  }

  /** The time of one call. */
  private final class Watch extends ServerStreamTracer {
    private final long start = System.nanoTime();
    private String method = OTHER;

    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> call) {
      method = call.getMethodDescriptor().getFullMethodName();
    }

    @Override
    public void streamClosed(Status status) {
      timers
          .computeIfAbsent(new Ending(method, status.getCode()), CallMeters.this::timer)
          .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    }
  }

  /** Counts a call that the server ended with a fault. */
  public void refused(String method, ErrorReason reason) {
    refusals.computeIfAbsent(new Refusal(method, reason), this::counter).increment();
  }

  private Timer timer(Ending ending) {
    return Timer.builder("gaitway.calls")
        .description("Time from a call's arrival to its end")
        .tag("method", ending.method())
        .tag("status", ending.code().name())
        .serviceLevelObjectives(BUCKETS)
        .register(meters);
  }

  private Counter counter(Refusal refusal) {
    return Counter.builder("gaitway.refusals")
        .description("Calls that the server ended with a fault")
        .tag("method", refusal.method())
        .tag("reason", Errors.name(refusal.reason()))
        .register(meters);
  }
}
