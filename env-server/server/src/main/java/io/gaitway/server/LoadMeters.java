package io.gaitway.server;

import io.gaitway.server.call.Workers;
import io.gaitway.server.evaluation.EvaluationRoom;
import io.gaitway.server.session.Sessions;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Supplier;

/** Shows what a server holds and has to do. */
record LoadMeters(Sessions sessions, Calls calls, Workers workers, EvaluationRoom evaluations)
    implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry meters) {
    gauge(meters, "gaitway.sessions", sessions::count, "Sessions whose lease has not run out");
    gauge(meters, "gaitway.environments", sessions::environments, "Environments in sessions");
    gauge(meters, "gaitway.calls.running", calls::running, "Calls that have not ended");
    gauge(meters, "gaitway.queue", workers::waiting, "Computations that wait for a place");
    gauge(meters, "gaitway.workers", workers::running, "Computations that have a place");
    FunctionCounter.builder("gaitway.slices", workers, Workers::slices)
        .description("Slices of computing time that have been given out")
        .register(meters);
    Gauge.builder("gaitway.answers.memory", workers, Workers::answerBytes)
        .description("Memory of answers that clients have not taken yet")
        .baseUnit("bytes")
        .register(meters);
    gauge(meters, "gaitway.evaluations", evaluations::running, "Evaluations with running episodes");
    Gauge.builder("gaitway.evaluations.memory", evaluations, EvaluationRoom::bytes)
        .description("Memory that running episodes of evaluations hold")
        .baseUnit("bytes")
        .register(meters);
    FunctionCounter.builder("gaitway.environment.steps", sessions, Sessions::steps)
        .description("Control steps of single environments in sessions")
        .register(meters);
  }

  private static void gauge(
      MeterRegistry meters, String name, Supplier<Number> value, String description) {
    Gauge.builder(name, value).description(description).register(meters);
  }
}
