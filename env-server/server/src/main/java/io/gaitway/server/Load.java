package io.gaitway.server;

import io.gaitway.proto.v1.Usage;
import io.gaitway.server.call.Workers;
import io.gaitway.server.evaluation.EvaluationRoom;
import io.gaitway.server.session.Sessions;
import io.gaitway.server.usage.Accounts;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;

/** What a server holds and has to do: shown as meters, and told as a message. */
record Load(
    Sessions sessions, Calls calls, Workers workers, EvaluationRoom evaluations, Accounts accounts)
    implements MeterBinder {
  private static final String STEPS = "Control steps of single environments";
  private static final String KNOTS =
      "Knots that were evaluated, or whose derivatives were asked for";

  /** As it is now. */
  io.gaitway.proto.v1.Load message() {
    Usage used = accounts.total();
    return io.gaitway.proto.v1.Load.newBuilder()
        .setSessions(sessions.count())
        .setEnvironments(sessions.environments())
        .setEvaluations(evaluations.running())
        .setRunningCalls(calls.running())
        .setWaiting(workers.waiting())
        .setComputing(workers.running())
        .setSessionBytes(sessions.bytes())
        .setSessionSteps(sessions.steps())
        .setRolloutSteps(used.getRolloutSteps())
        .setLinearizedKnots(used.getLinearizedKnots())
        .setAnswerBytes(workers.answerBytes())
        .setEvaluationBytes(evaluations.bytes())
        .setHeapBytes(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed())
        .build();
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    gauge(meters, "gaitway.sessions", sessions::count, "Sessions whose lease has not run out");
    gauge(meters, "gaitway.environments", sessions::environments, "Environments in sessions");
    gauge(meters, "gaitway.calls.running", calls::running, "Calls that have not ended");
    gauge(meters, "gaitway.queue", workers::waiting, "Computations that wait for a worker");
    gauge(meters, "gaitway.workers", workers::running, "Workers that compute");
    gauge(meters, "gaitway.evaluations", evaluations::running, "Evaluations under way");
    bytes(
        meters,
        "gaitway.sessions.memory",
        sessions::bytes,
        "Memory that sessions can come to take, as counted against the limits");
    bytes(
        meters,
        "gaitway.evaluations.memory",
        evaluations::bytes,
        "Memory that running episodes of evaluations may take");
    bytes(
        meters,
        "gaitway.answers.memory",
        workers::answerBytes,
        "Memory of answers that clients have not taken yet");
    counter(meters, "gaitway.steps", "sessions", sessions::steps, STEPS);
    counter(meters, "gaitway.steps", "rollouts", () -> accounts.total().getRolloutSteps(), STEPS);
    counter(meters, "gaitway.knots", "evaluate", () -> accounts.total().getEvaluatedKnots(), KNOTS);
    counter(
        meters, "gaitway.knots", "linearize", () -> accounts.total().getLinearizedKnots(), KNOTS);
    FunctionCounter.builder("gaitway.workers.time", accounts, all -> all.total().getWorkerSeconds())
        .description("Time in which workers computed answers")
        .baseUnit("seconds")
        .register(meters);
    FunctionCounter.builder("gaitway.slices", workers, Workers::slices)
        .description("Slices of computing time that have been given out")
        .register(meters);
  }

  /** Counts as long as this lives: a meter does not keep what it counts from being collected. */
  private void counter(
      MeterRegistry meters, String name, String in, Supplier<Number> value, String description) {
    FunctionCounter.builder(name, this, load -> value.get().doubleValue())
        .description(description)
        .tag("in", in)
        .register(meters);
  }

  private static void gauge(
      MeterRegistry meters, String name, Supplier<Number> value, String description) {
    Gauge.builder(name, value).description(description).register(meters);
  }

  private static void bytes(
      MeterRegistry meters, String name, Supplier<Number> value, String description) {
    Gauge.builder(name, value).description(description).baseUnit("bytes").register(meters);
  }
}
