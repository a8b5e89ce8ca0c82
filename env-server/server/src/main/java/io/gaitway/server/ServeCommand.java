package io.gaitway.server;

import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs a server until it is told to stop: by SIGTERM, Ctrl-C or, on request, the end of its input.
 */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Serves the environments over gRPC (gaitway.v1, health, reflection).",
      "Prints one line with its address when it is ready. On SIGTERM it refuses new work, lets"
          + " running calls finish, and exits."
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description =
          "Address to listen on; there is no authentication, so think before leaving"
              + " ${DEFAULT-VALUE}.")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      defaultValue = "7447",
      description = "TCP port, 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--unix", description = "Listen on this Unix domain socket instead of TCP.")
  private @Nullable Path unix;

  @Option(
      names = "--threads",
      defaultValue = "0",
      description =
          "Worker threads for rollouts, long linearisations and large batches of environments"
              + " (default: processors).")
  private int threads;

  @Option(
      names = "--max-sessions",
      defaultValue = "1024",
      description = "Most sessions at a time (default: ${DEFAULT-VALUE}).")
  private int maxSessions;

  @Option(
      names = "--max-environments",
      defaultValue = "1024",
      description = "Most environments in a session (default: ${DEFAULT-VALUE}).")
  private int maxEnvironments;

  @Option(
      names = "--max-message-bytes",
      defaultValue = "67108864",
      description =
          "Largest request message, and the most that a call makes the server hold of one"
              + " (default: ${DEFAULT-VALUE}).")
  private int maxMessageBytes;

  @Option(
      names = "--max-steps",
      defaultValue = "5000000",
      description = "Most control steps in one request (default: ${DEFAULT-VALUE}).")
  private long maxSteps;

  @Option(
      names = "--lease",
      defaultValue = "300",
      description = "Seconds after which an unused session ends (default: ${DEFAULT-VALUE}).")
  private long leaseSeconds;

  @Option(
      names = "--evaluations",
      paramLabel = "FILE",
      description =
          "Keep evaluations in this SQLite database, which is made if it is not there"
              + " (default: in memory, until the server stops).")
  private @Nullable Path evaluations;

  @Option(
      names = "--evaluation-idle",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "Seconds after which an evaluation that no controller is attached to gives up its running"
              + " episodes. Finished episodes stay; the others begin again when a controller"
              + " attaches (default: ${DEFAULT-VALUE}).")
  private long evaluationIdle;

  @Option(
      names = "--max-evaluation-bytes",
      paramLabel = "BYTES",
      description =
          "Most memory that the running episodes of all evaluations may take (default: a quarter of"
              + " the Java heap).")
  private @Nullable Long maxEvaluationBytes;

  @Option(
      names = "--grace",
      defaultValue = "10",
      description = "Seconds that running calls get on SIGTERM (default: ${DEFAULT-VALUE}).")
  private long graceSeconds;

  @Option(
      names = "--until-eof",
      description =
          "Stop when standard input ends, as it does when the program that holds its other end"
              + " dies.")
  private boolean untilEof;

  @Option(
      names = "--metrics-port",
      description = "Show Prometheus metrics at http://HOST:PORT/metrics; 0 for any free port.")
  private @Nullable Integer metricsPort;

  @Option(
      names = "--no-reflection",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Do not serve reflection.")
  private boolean reflection;

  @Option(
      names = "--channelz",
      description = "Serve channelz, which shows every connection to every client.")
  private boolean channelz;

  /** Made by picocli. */
  public ServeCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = command().commandLine().getOut();
    GaitwayServer.Builder builder =
        GaitwayServer.builder(Environments.load())
            .options(options())
            .reflection(reflection)
            .channelz(channelz);
    if (evaluations != null) {
      builder.evaluations(evaluations);
    }
    MetricsEndpoint metrics = null;
    if (metricsPort != null) {
      metrics = new MetricsEndpoint(new InetSocketAddress(host, metricsPort));
      builder.meters(metrics.meters());
    }
    GaitwayServer server = builder.start(transport());
    Duration grace = Duration.ofSeconds(graceSeconds);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> server.shutdown(grace), "gaitway-shutdown"));
    String address = unix != null ? "unix:" + unix.toAbsolutePath() : host + ":" + server.port();
    out.println(
        "gaitway serving on "
            + address
            + (metrics == null ? "" : ", metrics on http://" + host + ":" + metrics.port()));
    out.flush();
    if (untilEof) {
      awaitEndOfInput();
      server.shutdown(grace);
    }
    server.awaitTermination();
    return 0;
  }

  private static void awaitEndOfInput() throws IOException {
    System.in.transferTo(OutputStream.nullOutputStream());
  }

  private ServerBuilder<?> transport() throws IOException {
    if (unix != null) {
      return Transports.unix(unix);
    }
    if (port < 0 || port > 65535) {
      throw new ParameterException(
          command().commandLine(), "--port is " + port + "; allowed: 0 to 65535");
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new ParameterException(command().commandLine(), "--host " + host + " has no address");
    }
    return Transports.tcp(address);
  }

  private ServerOptions options() {
    ServerOptions defaults = ServerOptions.defaults();
    try {
      return new ServerOptions(
          threads == 0 ? defaults.threads() : threads,
          maxMessageBytes,
          maxSessions,
          maxEnvironments,
          maxSteps,
          defaults.maxHorizon(),
          Duration.ofSeconds(leaseSeconds),
          defaults.maxLease(),
          Duration.ofSeconds(evaluationIdle),
          maxEvaluationBytes == null ? defaults.maxEvaluationBytes() : maxEvaluationBytes);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command().commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private CommandSpec command() {
    CommandSpec spec = command;
    if (spec == null) {
      throw new IllegalStateException("picocli has not filled in the command");
    }
    return spec;
  }
}
