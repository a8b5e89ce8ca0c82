package io.gaitway.agents.run;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains a policy in a run directory, from the beginning or from the last checkpoint. After every
 * iteration the policy is measured and a line is added to the metrics, and from time to time, at
 * the end, and when it is asked to stop, a checkpoint is written. A process that is killed loses
 * what it did since the last checkpoint, and nothing else.
 *
 * <p>The server counts what the learner asks of it, and nothing else: measuring policies is not
 * part of learning.
 */
public final class Training {
  private final RunDirectory directory;
  private final RunConfig config;
  private final AnyAgent agent;
  private final Simulator simulator;
  private final TrainingListener listener;
  private final Duration checkpointInterval;
  private final BooleanSupplier stop;

  /**
   * Prepares a run.
   *
   * @param directory holds {@code config.json} already
   * @param checkpointInterval least time between checkpoints; zero for one after every iteration
   * @param stop asked between iterations; true ends the run early
   */
  public Training(
      RunDirectory directory,
      RunConfig config,
      AnyAgent agent,
      Simulator simulator,
      TrainingListener listener,
      Duration checkpointInterval,
      BooleanSupplier stop) {
    this.directory = directory;
    this.config = config;
    this.agent = agent;
    this.simulator = simulator;
    this.listener = listener;
    this.checkpointInterval = checkpointInterval;
    this.stop = stop;
  }

  /**
   * Runs the iterations that remain and writes policy, trajectories and report.
   *
   * @return null if the run was stopped early
   * @throws IOException also if the directory was removed meanwhile; it is not made again
   */
  public @Nullable TrainingResult run() throws IOException {
    try (FileChannel lock = directory.lock();
        DirectoryWatch watch = DirectoryWatch.of(directory.path())) {
      try {
        return run(watch);
      } catch (IOException e) {
        throw watch.explain(e);
      }
    }
  }

  private @Nullable TrainingResult run(DirectoryWatch watch) throws IOException {
    UsageMeter meter = new UsageMeter(simulator);
    Learner learner = learner(meter.simulator());
    Checkpoints checkpoints = directory.checkpoints();
    @Nullable Checkpoint last = checkpoints.latest();
    if (last == null) {
      meter.begin(Usage.ZERO);
      long began = System.nanoTime();
      Reference reference = learner.start();
      watch.requireThere();
      last = new Checkpoint(0, 0, secondsSince(began), meter.total(), reference, learner.save());
      checkpoints.save(last);
    } else {
      restore(learner, checkpoints, last);
      meter.begin(last.usage());
    }
    listener.started(last.reference(), last.iteration());
    return iterate(learner, meter, checkpoints, last, watch);
  }

  private static void restore(Learner learner, Checkpoints checkpoints, Checkpoint last)
      throws IOException {
    try {
      learner.restore(last.learner());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "invalid checkpoint: "
              + checkpoints.file(last.iteration())
              + ", in 'learner': "
              + e.getMessage(),
          e);
    }
  }

  private @Nullable TrainingResult iterate(
      Learner learner,
      UsageMeter meter,
      Checkpoints checkpoints,
      Checkpoint from,
      DirectoryWatch watch)
      throws IOException {
    Reference reference = from.reference();
    double elapsed = from.elapsedSeconds();
    Usage usage = from.usage();
    int completed = from.iteration();
    int saved = completed;
    long savedAt = System.nanoTime();
    @Nullable PolicyMeasurement measurement = null;
    try (MetricsLog log = MetricsLog.open(directory.metrics(), from.metricsBytes())) {
      while (completed < config.iterations() && !stop.getAsBoolean()) {
        long began = System.nanoTime();
        int iteration = completed + 1;
        IterationReport report = learner.iterate(iteration);
        usage = meter.total();
        Policy policy = learner.policy();
        measurement = measure(policy, reference, iteration);
        watch.requireThere();
        double seconds = secondsSince(began);
        elapsed += seconds;
        IterationMetrics metrics =
            IterationMetrics.of(
                iteration,
                reference,
                measurement,
                policy.controller().std(),
                report,
                seconds,
                elapsed,
                usage);
        log.append(metrics);
        completed = iteration;
        if (System.nanoTime() - savedAt >= checkpointInterval.toNanos()) {
          save(checkpoints, completed, log, elapsed, usage, reference, learner);
          saved = completed;
          savedAt = System.nanoTime();
        }
        listener.iterated(metrics);
      }
      watch.requireThere();
      if (saved < completed) {
        save(checkpoints, completed, log, elapsed, usage, reference, learner);
      }
    }
    if (completed == 0) {
      return null;
    }
    if (measurement == null) {
      measurement = measure(learner.policy(), reference, completed);
    }
    watch.requireThere();
    writeResults(learner.policy(), reference, measurement);
    return completed < config.iterations() ? null : result(reference, measurement, elapsed, usage);
  }

  private static void save(
      Checkpoints checkpoints,
      int iteration,
      MetricsLog log,
      double elapsed,
      Usage usage,
      Reference reference,
      Learner learner)
      throws IOException {
    log.sync();
    checkpoints.save(
        new Checkpoint(iteration, log.length(), elapsed, usage, reference, learner.save()));
  }

  private PolicyMeasurement measure(Policy policy, Reference reference, int iteration) {
    return PolicyMeasurement.of(
        simulator,
        new Judgement(config.spec(), reference.cost()),
        policy.controller(),
        config.horizon(),
        config.evaluationRollouts(),
        config.seed(),
        iteration);
  }

  private void writeResults(Policy policy, Reference reference, PolicyMeasurement measurement)
      throws IOException {
    DurableFiles.write(
        directory.policy(),
        PolicyFile.of(policy, config.spec()).toJson().getBytes(StandardCharsets.UTF_8));
    DurableFiles.write(
        directory.trajectories(),
        Json.pretty(RunTrajectories.of(simulator, reference, measurement)));
    RunReport.write(directory);
  }

  private TrainingResult result(
      Reference reference, PolicyMeasurement measurement, double elapsed, Usage usage) {
    double deterministic = measurement.deterministicCost();
    double stochastic = measurement.stochasticCost();
    return new TrainingResult(
        config.agent(),
        config.environment(),
        config.architecture(),
        config.seed(),
        config.iterations(),
        reference.cost(),
        Double.isFinite(deterministic) ? deterministic : null,
        Double.isFinite(stochastic) ? stochastic : null,
        elapsed,
        usage);
  }

  private Learner learner(Simulator counted) {
    return agent.learner(
        new Task<>(
            counted,
            config.settings(),
            Observation.indices(config.spec(), config.observation()),
            config.architecture(),
            config.seed(),
            config.iterations(),
            config.horizon()),
        listener::noted);
  }

  private static double secondsSince(long began) {
    return (System.nanoTime() - began) * 1e-9;
  }
}
