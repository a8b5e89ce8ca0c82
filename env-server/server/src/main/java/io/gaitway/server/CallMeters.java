package io.gaitway.server;

import io.gaitway.server.session.Sessions;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts: {@code gaitway.calls} (time of each call by method and status), {@code gaitway.sessions}
 * and {@code gaitway.environment.steps} (steps of sessions).
 */
final class CallMeters extends ServerStreamTracer.Factory {
  /** Methods that are not the server's, so that strangers cannot fill the registry. */
  private static final String OTHER = "other";

  private final MeterRegistry meters;
  private final Map<Name, Timer> timers = new ConcurrentHashMap<>();

  private record Name(String method, Status.Code code) {}

  CallMeters(MeterRegistry meters, Sessions sessions) {
    this.meters = meters;
    Gauge.builder("gaitway.sessions", sessions, Sessions::count)
        .description("Sessions whose lease has not run out")
        .register(meters);
    FunctionCounter.builder("gaitway.environment.steps", sessions, Sessions::steps)
        .description("Control steps of single environments in sessions")
        .register(meters);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    long start = System.nanoTime();
    return new ServerStreamTracer() {
      private String name = OTHER;

      @Override
      public void serverCallStarted(ServerCallInfo<?, ?> call) {
        name = call.getMethodDescriptor().getFullMethodName();
      }

      @Override
      public void streamClosed(Status status) {
        timers
            .computeIfAbsent(new Name(name, status.getCode()), CallMeters.this::timer)
            .record(java.time.Duration.ofNanos(System.nanoTime() - start));
      }
    };
  }

  private Timer timer(Name name) {
    return Timer.builder("gaitway.calls")
        .description("Time from a call's arrival to its end")
        .tag("method", name.method())
        .tag("status", name.code().name())
        .register(meters);
  }
}
