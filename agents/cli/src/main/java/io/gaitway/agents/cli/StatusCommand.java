package io.gaitway.agents.cli;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.ServerInfo;
import io.gaitway.client.ServerStatus;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Shows what a server is doing. Looks twice, a second apart, to tell the steps per second.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway status",
      "  gaitway status --server unix:/run/gaitway/gaitway.sock --json"
    })
final class StatusCommand implements Callable<Integer> {
  private static final long BETWEEN_MILLIS = 1000;

  @Option(
      names = "--server",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1:7447",
      description = "The server, host:port or unix:PATH (default: ${DEFAULT-VALUE}).")
  private String server = "";

  @Mixin private ResultFormat result = new ResultFormat();

  StatusCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    try (ServerChoice.Connection connection = ServerChoice.connect(server)) {
      GaitwayClient client = connection.client();
      ServerStatus before = client.status();
      Thread.sleep(BETWEEN_MILLIS);
      ServerStatus now = client.status();
      Rates rates = Rates.between(before, now);
      result.print(() -> json(now, rates), out -> print(now, rates, out));
    }
    return 0;
  }

  /** What was done in a second. */
  private record Rates(double sessionSteps, double rolloutSteps, double linearizedKnots) {
    static Rates between(ServerStatus before, ServerStatus now) {
      double seconds = now.uptimeSeconds() - before.uptimeSeconds();
      ServerStatus.Load then = before.load();
      ServerStatus.Load since = now.load();
      return new Rates(
          (since.sessionSteps() - then.sessionSteps()) / seconds,
          (since.rolloutSteps() - then.rolloutSteps()) / seconds,
          (since.linearizedKnots() - then.linearizedKnots()) / seconds);
    }
  }

  private static Map<String, Object> json(ServerStatus status, Rates rates) {
    ServerStatus.Load load = status.load();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("server", status.server());
    json.put("uptime_seconds", status.uptimeSeconds());
    json.put("draining", status.draining());
    json.put("sessions", load.sessions());
    json.put("environments", load.environments());
    json.put("session_steps", load.sessionSteps());
    json.put("session_steps_per_second", rates.sessionSteps());
    json.put("rollout_steps", load.rolloutSteps());
    json.put("rollout_steps_per_second", rates.rolloutSteps());
    json.put("linearized_knots", load.linearizedKnots());
    json.put("linearized_knots_per_second", rates.linearizedKnots());
    json.put("evaluations", load.evaluations());
    json.put("running_calls", load.runningCalls());
    json.put("computing", load.computing());
    json.put("waiting", load.waiting());
    json.put("answer_bytes", load.answerBytes());
    json.put("evaluation_bytes", load.evaluationBytes());
    json.put("session_bytes", load.sessionBytes());
    json.put("heap_bytes", load.heapBytes());
    json.put("worker_threads", status.limits().workerThreads());
    json.put("max_sessions", status.limits().maxSessions());
    json.put("max_message_bytes", status.limits().maxMessageBytes());
    json.put("max_steps_per_request", status.limits().maxStepsPerRequest());
    return json;
  }

  private static void print(ServerStatus status, Rates rates, PrintWriter out) {
    ServerStatus.Load load = status.load();
    ServerInfo.Limits limits = status.limits();
    row(
        out,
        "server",
        "%s, up %s%s"
            .formatted(
                status.server(),
                time(status.uptimeSeconds()),
                status.draining() ? ", draining: it refuses new work" : ""));
    row(
        out,
        "sessions",
        "%d of at most %d, with %d environments"
            .formatted(load.sessions(), limits.maxSessions(), load.environments()));
    row(
        out,
        "per second",
        String.format(
            Locale.ROOT,
            "%.0f steps in sessions, %.0f in rollouts; derivatives at %.0f knots",
            rates.sessionSteps(),
            rates.rolloutSteps(),
            rates.linearizedKnots()));
    row(out, "evaluations", load.evaluations() + " under way");
    row(
        out,
        "calls",
        "%d running; %d of %d workers compute, %d computations wait"
            .formatted(
                load.runningCalls(), load.computing(), limits.workerThreads(), load.waiting()));
    row(
        out,
        "memory",
        "%s of heap; sessions %s, answers under way %s, evaluations %s"
            .formatted(
                mebibytes(load.heapBytes()),
                mebibytes(load.sessionBytes()),
                mebibytes(load.answerBytes()),
                mebibytes(load.evaluationBytes())));
    row(
        out,
        "limits",
        "%s a message, %d steps a request"
            .formatted(mebibytes(limits.maxMessageBytes()), limits.maxStepsPerRequest()));
  }

  private static void row(PrintWriter out, String name, String text) {
    out.println(String.format(Locale.ROOT, "%-12s %s", name, text));
  }

  private static String time(double seconds) {
    long whole = (long) seconds;
    return whole < 3600
        ? "%d min %d s".formatted(whole / 60, whole % 60)
        : "%d h %d min".formatted(whole / 3600, whole / 60 % 60);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
