package io.gaitway.agents.reproduction.runs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.experiment.StudyRun;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.report.Report;
import io.gaitway.agents.reproduction.Claims;
import io.gaitway.agents.reproduction.Claims.Claim;
import io.gaitway.agents.reproduction.ComparedGroup;
import io.gaitway.agents.reproduction.ComparedRun;
import io.gaitway.agents.reproduction.ComparedTask;
import io.gaitway.agents.reproduction.ComparisonCsv;
import io.gaitway.agents.reproduction.ComparisonTables;
import io.gaitway.agents.reproduction.CostAxis;
import io.gaitway.agents.reproduction.Effort;
import io.gaitway.agents.reproduction.Figure;
import io.gaitway.agents.reproduction.LearnedMotion;
import io.gaitway.agents.reproduction.PolicyKind;
import io.gaitway.agents.reproduction.Results;
import io.gaitway.agents.reproduction.Step;
import io.gaitway.agents.reproduction.Success;
import io.gaitway.agents.reproduction.Summary;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunTrajectories;
import io.gaitway.agents.run.TrainingResult;
import io.gaitway.agents.statistics.Intervals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The files of a comparison: read from the runs that are complete, and about all of these. */
public final class ComparisonFiles {
  /** How many times as long as it takes to write the files they may stay as they are. */
  private static final int PATIENCE = 50;

  /** A run that ended with an error. */
  record Failure(String run, String cause) {}

  private final Path directory;
  private final ComparisonPlan plan;
  private final Results results;
  private final Map<ComparedGroup, StudyRun> motions = new LinkedHashMap<>();
  private final List<Failure> failures = new ArrayList<>();
  private Map<String, List<Claim>> claims = Map.of();
  private long written = System.nanoTime();
  private long writingTime;

  /**
   * Files about no runs yet.
   *
   * @param directory of the comparison
   */
  public ComparisonFiles(Path directory, ComparisonPlan plan) {
    this.directory = directory;
    this.plan = plan;
    results = new Results(plan.groups(), plan.seeds());
  }

  /** The paper's claims as they were judged last, by preset. */
  public synchronized Map<String, List<Claim>> claims() {
    return claims;
  }

  /** Where the page is. */
  public Path report() {
    return directory.resolve("report.html");
  }

  /**
   * Reads a complete run.
   *
   * @throws IOException if its metrics cannot be read, or are not those of all its iterations
   */
  synchronized void add(ComparisonPlan.Entry entry, TrainingResult result) throws IOException {
    StudyRun run = entry.run();
    List<IterationMetrics> metrics = MetricsLog.read(run.directory().metrics());
    requireAllIterations(run, metrics);
    List<Step> steps = metrics.stream().map(ComparisonFiles::step).toList();
    boolean canFall = !run.common().simulator().environment().termination().isEmpty();
    for (ComparedGroup group : entry.groups()) {
      results.add(
          new ComparedRun(group, run.preset(), run.seed(), result.ddpCost(), canFall, steps));
      motions.merge(group, run, (one, other) -> one.seed() < other.seed() ? one : other);
    }
  }

  private static void requireAllIterations(StudyRun run, List<IterationMetrics> metrics)
      throws IOException {
    int wanted = run.common().iterations();
    List<Integer> found = metrics.stream().map(IterationMetrics::iteration).toList();
    if (!found.equals(IntStream.rangeClosed(1, wanted).boxed().toList())) {
      throw new IOException(
          "the run in "
              + run.directory().path()
              + " is complete, but its metrics have "
              + found.size()
              + " of "
              + wanted
              + " iterations, or not in order; delete that directory and use --resume");
    }
  }

  /** Takes note of a run that ended with an error. */
  synchronized void addFailure(ComparisonPlan.Entry entry, String cause) {
    failures.add(new Failure(entry.name(), cause));
  }

  /** Writes all files, unless they are newer than {@link #PATIENCE} times the effort. */
  synchronized void refresh() throws IOException {
    if (System.nanoTime() - written >= PATIENCE * writingTime) {
      write();
    }
  }

  /** Writes all files. */
  synchronized void write() throws IOException {
    long begin = System.nanoTime();
    claims = new LinkedHashMap<>();
    Map<String, List<LearnedMotion>> shown = new LinkedHashMap<>();
    for (String preset : results.presets()) {
      claims.put(preset, Claims.judge(results, preset));
      shown.put(preset, motions(preset));
    }
    write("iterations.csv", ComparisonCsv.iterations(results, plan.scale()));
    write("summary.csv", ComparisonCsv.summary(results, plan.scale()));
    write("claims.csv", ComparisonCsv.claims(claims, plan.scale()));
    write("tables.md", ComparisonTables.markdown(results, claims, plan.scale()));
    for (Map.Entry<String, List<LearnedMotion>> each : shown.entrySet()) {
      write(
          "figure-" + each.getKey() + ".svg", Figure.svg(results, each.getKey(), each.getValue()));
    }
    write("report.html", Report.renderComparison("Comparison", Json.line(data(shown))));
    written = System.nanoTime();
    writingTime = written - begin;
  }

  private void write(String name, String text) throws IOException {
    DurableFiles.write(directory.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }

  private static Step step(IterationMetrics metrics) {
    return new Step(
        metrics.iteration(),
        orInfinite(metrics.stochasticCost()),
        orInfinite(metrics.deterministicCost()),
        metrics.stochasticCosts().size(),
        metrics.terminated(),
        metrics.successes(),
        metrics.deterministicSuccess(),
        new Effort(metrics.usage().steps(), metrics.usage().linearizedKnots()),
        metrics.elapsedSeconds());
  }

  /** The cost; what diverged is infinitely costly. */
  private static double orInfinite(@Nullable Double cost) {
    return cost == null ? Double.POSITIVE_INFINITY : cost;
  }

  /** For every environment the largest policy of the first agent that has any, lowest seed. */
  private List<LearnedMotion> motions(String preset) throws IOException {
    List<LearnedMotion> shown = new ArrayList<>();
    List<ComparedTask> tasks = Figure.order(results.tasks());
    for (String environment : tasks.stream().map(ComparedTask::environment).distinct().toList()) {
      @Nullable ComparedGroup group =
          results.agents().stream()
              .flatMap(
                  agent ->
                      tasks.stream()
                          .filter(task -> task.environment().equals(environment))
                          .map(task -> new ComparedGroup(preset, agent, task)))
              .filter(motions::containsKey)
              .findFirst()
              .orElse(null);
      StudyRun run = group == null ? null : motions.get(group);
      if (group != null && run != null) {
        shown.add(motion(group, run));
      }
    }
    return shown;
  }

  private static LearnedMotion motion(ComparedGroup group, StudyRun run) throws IOException {
    RunTrajectories trajectories =
        JsonFiles.read(run.directory().trajectories(), RunTrajectories.class);
    return new LearnedMotion(
        group.agent() + " on " + group.task().title() + ", seed " + run.seed(),
        trajectories.dt(),
        trajectories.geometry(),
        !trajectories.contactPoints().isEmpty(),
        trajectories.learned().xs(),
        trajectories.ddp().xs());
  }

  private ObjectNode data(Map<String, List<LearnedMotion>> shown) {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("version", GaitwayVersion.program());
    data.put("runs", plan.entries().size());
    data.put("done", plan.entries().stream().filter(entry -> isDone(entry)).count());
    data.put("scale", plan.scale().words());
    data.put("iterations", plan.entries().get(0).run().common().iterations());
    data.set("agents", Json.MAPPER.valueToTree(results.agents()));
    data.set("success", Json.MAPPER.valueToTree(Success.rules(judgement())));
    data.set("failures", Json.MAPPER.valueToTree(failures));
    ArrayNode presets = data.putArray("presets");
    for (String preset : results.presets()) {
      ObjectNode node = presets.addObject();
      node.put("name", preset);
      ArrayNode judged = node.putArray("claims");
      for (Claim claim : claims.getOrDefault(preset, List.of())) {
        judged.add(claim(claim));
      }
      ArrayNode tasks = node.putArray("tasks");
      for (ComparedTask task : Figure.order(results.tasks())) {
        tasks.add(task(preset, task));
      }
      ArrayNode moving = node.putArray("motions");
      for (LearnedMotion motion : shown.getOrDefault(preset, List.of())) {
        moving.add(motion(motion));
      }
    }
    return data;
  }

  /** When a rollout is a success, in the first environment. */
  private String judgement() {
    return Judgement.inWords(plan.entries().get(0).run().common().simulator().environment().goal());
  }

  private boolean isDone(ComparisonPlan.Entry entry) {
    return results.runs(entry.groups().get(0)).stream()
        .anyMatch(run -> run.seed() == entry.run().seed());
  }

  /** A claim as JSON. */
  public static ObjectNode claim(Claim claim) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("number", claim.number());
    node.put("verdict", claim.verdict().words());
    node.put("text", claim.text());
    node.put("rule", claim.rule());
    node.put("measured", claim.measured());
    return node;
  }

  private ObjectNode task(String preset, ComparedTask task) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", task.title());
    List<Summary> summaries = results.summaries(preset, task);
    ArrayNode methods = node.putArray("methods");
    if (!summaries.isEmpty()) {
      CostAxis axis = CostAxis.of(summaries);
      node.put("ddp", summaries.get(0).ddp());
      node.put("low", axis.low());
      node.put("high", axis.high());
      node.put("can_fall", summaries.get(0).canFall());
    }
    for (Summary summary : summaries) {
      ObjectNode method = methods.addObject();
      method.put("agent", summary.group().agent());
      method.put("settings", String.join(", ", summary.settings()));
      method.put("seeds", summary.seeds());
      put(method, "falls", summary.falls());
      method.set("stochastic", policies(summary.of(PolicyKind.STOCHASTIC)));
      method.set("deterministic", policies(summary.of(PolicyKind.DETERMINISTIC)));
    }
    return node;
  }

  private static ObjectNode policies(Summary.Policies policies) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode mean = node.putArray("mean");
    ArrayNode lower = node.putArray("lower");
    ArrayNode upper = node.putArray("upper");
    for (Intervals costs : policies.costs()) {
      mean.add(finite(costs.estimate()));
      lower.add(finite(costs.lower()));
      upper.add(finite(costs.upper()));
    }
    ArrayNode last = node.putArray("last");
    last.add(finite(policies.last().estimate()));
    last.add(finite(policies.last().lower()));
    last.add(finite(policies.last().upper()));
    ObjectNode success = node.putObject("success");
    success.put("successes", policies.success().successes());
    success.put("lower", policies.success().lower());
    success.put("upper", policies.success().upper());
    ObjectNode until = node.putObject("until");
    put(until, "iterations", policies.until().iterations());
    put(until, "seconds", policies.until().seconds());
    put(until, "samples", policies.until().samples());
    put(until, "derivatives", policies.until().derivatives());
    until.put("never", policies.until().never());
    return node;
  }

  private static ObjectNode motion(LearnedMotion motion) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", motion.title());
    node.set("geometry", Json.MAPPER.valueToTree(motion.geometry()));
    node.put("ground", motion.ground());
    node.putObject("learned").set("xs", rounded(motion.learned()));
    node.putObject("ddp").set("xs", rounded(motion.ddp()));
    return node;
  }

  /** Positions to a tenth of a millimetre; what is drawn needs no velocities. */
  private static ArrayNode rounded(List<double[]> states) {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (double[] state : states) {
      ArrayNode row = rows.addArray();
      for (int i = 0; i < state.length / 2; i++) {
        row.add(Math.rint(1e4 * state[i]) / 1e4);
      }
    }
    return rows;
  }

  /** Null for what JSON has no number for: diverged, or never. */
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static void put(ObjectNode node, String name, @Nullable Double value) {
    node.put(name, value == null ? null : finite(value));
  }
}
