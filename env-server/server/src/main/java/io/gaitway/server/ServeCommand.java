package io.gaitway.server;

import io.gaitway.address.Address;
import io.gaitway.address.Handshake;
import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.TimeLimit;
import io.gaitway.server.catalog.RobotFolder;
import io.gaitway.server.log.Event;
import io.gaitway.server.log.LogOutput;
import io.gaitway.server.metrics.JvmMeters;
import io.gaitway.server.metrics.MetricsEndpoint;
import io.gaitway.sim.mjcf.MjcfException;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.taskfile.TaskFileException;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "Serves the environments over gRPC (gaitway.v1, dm_env_rpc.v1, health, reflection).",
      "Prints one line with its address when it is ready. On SIGTERM it refuses new work, lets"
          + " running calls finish, and exits."
    })
public final class ServeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description =
          "Name or address to listen on, such as 127.0.0.1 or ::1. One that other machines reach"
              + " needs TLS, and lets nobody in without a token (default: ${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      defaultValue = "7447",
      description = "TCP port, 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--unix", description = "Listen on this Unix domain socket instead of TCP.")
  private @Nullable Path unix;

  @Option(
      names = "--private",
      description =
          "Listen on a Unix domain socket in a directory of its own, which other users of this"
              + " machine cannot enter, and let nobody else in. Its path is in the line that is"
              + " printed.")
  private boolean privately;

  @Option(
      names = "--limits",
      paramLabel = "FILE",
      description =
          "Read limits from this YAML file, in which each line is an option without its dashes and"
              + " a value, such as max-sessions: 200. What stands on the command line counts more.")
  private @Nullable Path limits;

  /** Environment variable that names a folder of robots, for this and for the embedded server. */
  public static final String OWN_ROBOTS = "GAITWAY_ROBOTS";

  @Option(
      names = "--robots",
      paramLabel = "DIR",
      defaultValue = "${env:" + OWN_ROBOTS + "}",
      description =
          "Serve the robots of this folder too: each file NAME.yaml in it is a task, which names its"
              + " robot's file, and becomes the environment NAME. Default: the folder that"
              + " GAITWAY_ROBOTS names, if any.")
  private @Nullable Path robots;

  @Mixin private final CallLimitFlags callLimits = new CallLimitFlags();

  @Option(
      names = "--threads",
      description =
          "Worker threads for rollouts, long linearisations and large batches of environments"
              + " (default: one for each processor).")
  private @Nullable Integer threads;

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
      names = "--max-added-environments",
      defaultValue = "64",
      description =
          "Most environments of robots of their own that a principal has at a time; the one used"
              + " longest ago makes room (default: ${DEFAULT-VALUE}).")
  private int maxAddedEnvironments;

  @Mixin private SessionFlags sessionLimits = new SessionFlags();

  @Option(
      names = "--max-message-bytes",
      defaultValue = "67108864",
      description =
          "Largest request message that the server takes, in bytes (default: ${DEFAULT-VALUE}).")
  private int maxMessageBytes;

  @Option(
      names = "--max-steps",
      defaultValue = "5000000",
      description = "Most control steps in one request (default: ${DEFAULT-VALUE}).")
  private long maxSteps;

  @Option(
      names = "--lease",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "Seconds after which an unused session ends, or inf for never (default:"
              + " ${DEFAULT-VALUE}).")
  private String lease = "";

  @Option(
      names = "--evaluations",
      paramLabel = "FILE",
      description =
          "Keep evaluations in this SQLite database, which is made if it is not there, and which no"
              + " other program uses meanwhile (default: in memory, until the server stops).")
  private @Nullable Path evaluations;

  @Option(
      names = "--evaluation-idle",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description =
          "Seconds after which an evaluation without a controller gives up its running episodes, or"
              + " inf for never. Finished episodes stay; the others begin again when a controller"
              + " attaches (default: ${DEFAULT-VALUE}).")
  private String evaluationIdle = "";

  @Option(
      names = "--max-evaluation-bytes",
      paramLabel = "BYTES",
      description =
          "Most memory that the running episodes of all evaluations may take (default: a quarter of"
              + " the Java heap).")
  private @Nullable Long maxEvaluationBytes;

  @Option(
      names = "--evaluation-retention",
      paramLabel = "DAYS",
      defaultValue = "365",
      description =
          "Days for which evaluations are kept that have ended (default: ${DEFAULT-VALUE}).")
  private int evaluationRetention;

  @Option(
      names = "--max-finished-evaluations",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Most evaluations that are kept of one user in one suite once they have ended; the first"
              + " to end are forgotten (default: ${DEFAULT-VALUE}).")
  private int maxFinishedEvaluations;

  @Option(
      names = "--max-unfinished-evaluations",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Most evaluations of one user that have not ended; of all users together ten times as many"
              + " (default: ${DEFAULT-VALUE}).")
  private int maxUnfinishedEvaluations;

  @Option(
      names = "--max-stored-evaluation-bytes",
      paramLabel = "BYTES",
      defaultValue = "1073741824",
      description =
          "Most bytes that the database of evaluations may take; the first to end of whoever has the"
              + " most are forgotten (default: ${DEFAULT-VALUE}).")
  private long maxStoredEvaluationBytes;

  @Option(
      names = "--grace",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description =
          "Seconds that running calls get to finish when the server is told to stop, or inf for as"
              + " long as they take (default: ${DEFAULT-VALUE}).")
  private String grace = "";

  @Option(
      names = "--until-eof",
      description =
          "Stop when standard input ends, as it does when the program that holds its other end"
              + " dies. Also prints the handshake that such a program waits for, such as"
              + " gaitway-server|1|tcp|127.0.0.1:43127.")
  private boolean untilEof;

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description =
          "Show Prometheus metrics at http://HOST:PORT/metrics, and at /healthz and /readyz whether"
              + " the server lives and takes new work; 0 for any port that is free; on 127.0.0.1 if"
              + " HOST is reached from other machines (default: do not).")
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

  @Mixin private final AccessFlags accessFlags = new AccessFlags();

  @Mixin private final TlsFlags tlsFlags = new TlsFlags();

  @Mixin private LogChoice log = new LogChoice();

  /** Made by picocli. */
  public ServeCommand() {}

  private final OptionChecks checks = new OptionChecks(this::refusal);

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (limits != null) {
      LimitsFile.apply(command().commandLine(), limits);
    }
    ServerOptions options = options();
    Duration grace = checks.seconds("--grace", this.grace);
    LogOutput lines = log.install(untilEof);
    PrintWriter out = command().commandLine().getOut();
    ListenHost host = ListenHost.parse(this.host);
    PrivateTransport own = privately ? openPrivately() : null;
    ServerBuilder<?> transport = own == null ? transport(host) : own.builder();
    GaitwayServer.Builder builder =
        GaitwayServer.builder(environments())
            .options(options)
            .limits(callLimits.limits(checks))
            .access(
                own == null
                    ? accessFlags.access(unix == null && !host.isLoopback(), untilEof)
                    : own.access())
            .logsFaults(true)
            .reflection(reflection)
            .channelz(channelz);
    if (evaluations != null) {
      builder.evaluations(evaluations);
    }
    if (sessionLimits.file() != null) {
      builder.sessions(sessionLimits.file());
    }
    // In plaintext and open to all, so that it stays on this machine.
    ListenHost metricsHost = host.isLoopback() ? host : ListenHost.parse("127.0.0.1");
    AtomicReference<@Nullable GaitwayServer> started = new AtomicReference<>();
    MetricsEndpoint metrics = null;
    if (metricsPort != null) {
      metrics = metrics(metricsHost, metricsPort, started);
      builder.meters(metrics.meters());
    }
    GaitwayServer server =
        start(builder, transport, unix != null ? "unix:" + unix : host.withPort(port));
    started.set(server);
    Thread stopping = new Thread(() -> stop(server, grace, lines), "gaitway-shutdown");
    Runtime.getRuntime().addShutdownHook(stopping);
    Address address = own == null ? address(host, server.port()) : own.address(server.port());
    out.println(
        "gaitway serving on "
            + (tls() == null ? "" : "tls://")
            + address
            + (metrics == null ? "" : ", metrics on " + metricsHost.url(metrics.port())));
    if (untilEof) {
      out.println(Handshake.SERVER.line(address));
    }
    out.flush();
    Event.of("server started").with("address", address).log();
    if (untilEof) {
      awaitEndOfInput();
      stop(server, grace, lines);
    }
    server.awaitTermination();
    return 0;
  }

  private static void stop(GaitwayServer server, Duration grace, LogOutput log) {
    Event.of("server stopping").with("grace_seconds", grace.toSeconds()).log();
    boolean finished = server.shutdown(grace);
    Event.of("server stopped").with("calls_cut", !finished).log();
    log.flush();
  }

  /** Where the server is, once it listens. */
  private Address address(ListenHost host, int port) {
    return unix != null
        ? new Address.Unix(unix.toAbsolutePath().toString())
        : new Address.Tcp(host.name(), port);
  }

  private static GaitwayServer start(
      GaitwayServer.Builder builder, ServerBuilder<?> transport, String address)
      throws IOException {
    try {
      return builder.start(transport);
    } catch (IOException e) {
      Throwable cause = e.getCause();
      // What cannot listen says why only underneath; what else fails says so itself.
      throw cause instanceof IOException
          ? new IOException("cannot listen on %s: %s".formatted(address, cause.getMessage()), e)
          : e;
    }
  }

  private MetricsEndpoint metrics(
      ListenHost host, int port, AtomicReference<@Nullable GaitwayServer> started)
      throws IOException {
    InetSocketAddress address = address(host, "--metrics-port", port);
    try {
      MetricsEndpoint metrics =
          new MetricsEndpoint(
              address,
              () -> {
                GaitwayServer server = started.get();
                return server != null && !server.isDraining();
              });
      new JvmMeters().bindTo(metrics.meters());
      return metrics;
    } catch (IOException e) {
      throw new IOException(
          "cannot show metrics on %s: %s".formatted(host.withPort(port), e.getMessage()), e);
    }
  }

  private static void awaitEndOfInput() throws IOException {
    System.in.transferTo(OutputStream.nullOutputStream());
  }

  private PrivateTransport openPrivately() throws IOException {
    if (unix != null || tls() != null) {
      throw refusal(
          "--private listens on a socket of its own; leave out "
              + (unix != null ? "--unix" : "--tls-certificate"));
    }
    return PrivateTransport.open();
  }

  private ServerBuilder<?> transport(ListenHost host) throws IOException {
    TlsFiles tls = tls();
    if (unix != null) {
      if (tls != null) {
        throw refusal("TLS needs a TCP port, but --unix is given; leave one of them out");
      }
      return Transports.unix(unix);
    }
    InetSocketAddress address = address(host, "--port", port);
    if (tls != null) {
      return Transports.tls(address, tls);
    }
    if (!host.isLoopback()) {
      throw refusal(
          ("--host %s is reached from other machines, which needs TLS: give --tls-certificate and"
                  + " --tls-key ('gaitway certificate' makes both), or listen on 127.0.0.1 and have"
                  + " clients come by SSH: ssh -L 7447:127.0.0.1:%d")
              .formatted(host.name(), port));
    }
    return Transports.tcp(address);
  }

  private @Nullable TlsFiles tls() {
    try {
      return tlsFlags.files();
    } catch (IllegalArgumentException e) {
      throw refusal(String.valueOf(e.getMessage()));
    }
  }

  /** The address of a port, checked. */
  private InetSocketAddress address(ListenHost host, String option, int number) {
    if (number < 0 || number > 65535) {
      throw refusal(option + " must be between 0 and 65535, but is " + number);
    }
    if (host.name().isBlank()) {
      throw refusal("--host must be a name or an address, but is empty");
    }
    try {
      // Nothing is to listen where no client can be told to go.
      address(host, 1);
    } catch (IllegalArgumentException e) {
      throw refusal("--" + e.getMessage());
    }
    InetSocketAddress address = host.socketAddress(number);
    if (address.isUnresolved()) {
      throw refusal("--host must be a name or an address of this machine, but is " + host.name());
    }
    return address;
  }

  private Environments environments() {
    if (robots == null) {
      return Environments.load();
    }
    try {
      List<EnvironmentProvider> own = RobotFolder.environments(robots);
      for (EnvironmentProvider environment : own) {
        environment.create(Map.of()); // What makes no sense is said now and not to a client.
      }
      return Environments.load(own);
    } catch (TaskFileException | MjcfException | IllegalStateException | IOException e) {
      throw refusal("--robots: " + e.getMessage());
    }
  }

  private ServerOptions options() {
    ServerOptions defaults = ServerOptions.defaults();
    Duration defaultLease = checks.seconds("--lease", lease);
    return new ServerOptions(
        checks.positive("--threads", threads == null ? defaults.threads() : threads),
        checks.positive("--max-message-bytes", maxMessageBytes),
        checks.positive("--max-sessions", maxSessions),
        checks.positive("--max-environments", maxEnvironments),
        checks.positive("--max-added-environments", maxAddedEnvironments),
        checks.positive("--max-steps", maxSteps),
        defaults.maxHorizon(),
        defaultLease,
        defaultLease.compareTo(defaults.maxLease()) > 0 ? defaultLease : defaults.maxLease(),
        checks.seconds("--evaluation-idle", evaluationIdle),
        checks.positive(
            "--max-evaluation-bytes",
            maxEvaluationBytes == null ? defaults.maxEvaluationBytes() : maxEvaluationBytes),
        evaluationLimits(),
        sessionLimits.limits(maxSessions, this::refusal));
  }

  private EvaluationLimits evaluationLimits() {
    int unfinished = checks.positive("--max-unfinished-evaluations", maxUnfinishedEvaluations);
    return new EvaluationLimits(
        (int) Math.min(10L * unfinished, Integer.MAX_VALUE),
        unfinished,
        TimeLimit.atMostNone(
            Duration.ofDays(checks.positive("--evaluation-retention", evaluationRetention))),
        checks.positive("--max-finished-evaluations", maxFinishedEvaluations),
        checks.positive("--max-stored-evaluation-bytes", maxStoredEvaluationBytes));
  }

  private ParameterException refusal(String message) {
    return new ParameterException(command().commandLine(), message);
  }

  private CommandSpec command() {
    CommandSpec spec = command;
    if (spec == null) {
      throw new IllegalStateException("picocli has not filled in the command");
    }
    return spec;
  }
}
