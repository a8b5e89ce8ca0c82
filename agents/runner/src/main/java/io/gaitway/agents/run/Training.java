package io.gaitway.agents.run;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    try (FileChannel lock = directory.lock()) {
      return runLocked();
    }
  }

  /** The same for a caller that holds the directory's lock. */
  public @Nullable TrainingResult runLocked() throws IOException {
    try (DirectoryWatch watch = DirectoryWatch.of(directory.path())) {
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
    List<Simulator> simulators =
        config.startsInForce().stream().map(start -> start.simulator(simulator)).toList();
    @Nullable List<PolicyMeasurement> measurements = null;
    try (MetricsLog log = MetricsLog.open(directory.metrics(), from.metricsBytes())) {
      while (completed < config.iterations() && !stop.getAsBoolean()) {
        long began = System.nanoTime();
        int iteration = completed + 1;
        IterationReport report = iterate(learner, iteration);
        usage = meter.total();
        Policy policy = learner.policy();
        measurements = measure(simulators, policy, reference, iteration);
        watch.requireThere();
        double seconds = secondsSince(began);
        elapsed += seconds;
        IterationMetrics metrics =
            IterationMetrics.of(
                iteration,
                reference,
                measurements,
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
    if (measurements == null) {
      measurements = measure(simulators, learner.policy(), reference, completed);
    }
    watch.requireThere();
    writeResults(simulators.get(0), learner.policy(), reference, measurements.get(0));
    return completed < config.iterations() ? null : result(reference, measurements, elapsed, usage);
  }

  private IterationReport iterate(Learner learner, int iteration) {
    try {
      return learner.iterate(iteration);
    } catch (ArithmeticException e) {
      throw new BreakdownException(config.agent(), iteration, e);
    }
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

  /** Measures a policy from every start. */
  private List<PolicyMeasurement> measure(
      List<Simulator> simulators, Policy policy, Reference reference, int iteration)
      throws IOException {
    List<Reference> references = reference.all();
    if (references.size() != simulators.size()) {
      throw new IOException(
          "the run has %d starts, but its learner %d solutions"
              .formatted(simulators.size(), references.size()));
    }
    List<PolicyMeasurement> measurements = new ArrayList<>();
    List<Start> starts = config.startsInForce();
    for (int i = 0; i < references.size(); i++) {
      Trajectory solution = references.get(i).trajectory();
      Simulator at = simulators.get(i);
      double[] state =
          starts.get(i).step() == null
              ? at.environment().initialState().meanState()
              : Arrays.copyOf(solution.xs, solution.nx);
      measurements.add(
          PolicyMeasurement.of(
              at,
              state,
              new Judgement(at.environment(), references.get(i).cost(), solution),
              policy.controller(),
              config.horizon(),
              config.evaluationRollouts(),
              config.seed(),
              iteration));
    }
    return measurements;
  }

  private void writeResults(
      Simulator first, Policy policy, Reference reference, PolicyMeasurement measurement)
      throws IOException {
    DurableFiles.write(
        directory.policy(),
        PolicyFile.of(policy, config.spec()).toJson().getBytes(StandardCharsets.UTF_8));
    DurableFiles.write(
        directory.trajectories(), Json.pretty(RunTrajectories.of(first, reference, measurement)));
    RunReport.write(directory);
  }

  private TrainingResult result(
      Reference reference, List<PolicyMeasurement> measurements, double elapsed, Usage usage) {
    double deterministic =
        IterationMetrics.mean(measurements, PolicyMeasurement::deterministicCost);
    double stochastic = IterationMetrics.mean(measurements, PolicyMeasurement::stochasticCost);
    return new TrainingResult(
        config.agent(),
        config.environment(),
        config.architecture(),
        config.seed(),
        config.iterations(),
        IterationMetrics.mean(reference.all(), Reference::cost),
        Json.finite(deterministic),
        Json.finite(stochastic),
        elapsed,
        usage);
  }

  private Learner learner(Simulator counted) {
    return agent.learner(
        new Task<>(
            counted,
            config.settings(),
            Observation.parameters(config.spec(), config.observation()),
            Observation.indices(config.spec(), config.observation()),
            config.architecture(),
            config.seed(),
            config.iterations(),
            config.horizon(),
            config.startsInForce()),
        listener::noted);
  }

  private static double secondsSince(long began) {
    return (System.nanoTime() - began) * 1e-9;
  }
}
