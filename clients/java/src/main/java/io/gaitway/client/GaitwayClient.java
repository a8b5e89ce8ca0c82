package io.gaitway.client;

import io.gaitway.address.Address;
import io.gaitway.address.Endpoint;
import io.gaitway.address.Token;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.UnimplementedException;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Descriptions;
import io.gaitway.client.internal.RemoteSimulator;
import io.gaitway.client.internal.Target;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.Sessions;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.RobotFiles;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.AddEnvironmentResponse;
import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetStatusRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.TextFile;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Gaitway server: over TCP, over a Unix domain socket, or within this process.
 *
 * <p>A client may be shared between threads. It connects with its first call, and again by itself
 * after the connection broke. Every method that calls the server throws a {@link GaitwayException};
 * arguments that are wrong whatever the server says are an {@link IllegalArgumentException}.
 *
 * <p>Interrupting a thread that waits for an answer cancels its call, which then ends with a {@link
 * CancelledException}; the thread stays interrupted.
 */
public final class GaitwayClient implements AutoCloseable {
  private final Channels.Connection connection;
  private final Target target;
  private final Calls calls;
  private final Sessions sessions;
  private final Evaluations evaluations;

  private GaitwayClient(Builder builder, Target target) {
    this.target = target;
    connection =
        Channels.open(
            target, target.token(System.getenv()), builder.maxMessageBytes, builder.userAgent);
    Calls plain = new Calls(connection, target, builder.deadline);
    calls = builder.account == null ? plain : plain.account(builder.account);
    sessions = new Sessions(calls);
    evaluations = new Evaluations(calls);
  }

  /**
   * A client of the server at {@code target} with default settings.
   *
   * @param target as {@link Builder#target}
   */
  public static GaitwayClient connect(String target) {
    return builder().target(target).build();
  }

  /** Starts the settings of a client. */
  public static Builder builder() {
    return new Builder();
  }

  /** Where the server is, as {@link Builder#target} takes it; {@code in-process:} and a name. */
  public String target() {
    return target.toString();
  }

  /**
   * The same for another process of this machine: paths are absolute.
   *
   * @throws UnsupportedOperationException if the server is within this process, or the token was
   *     given in code
   */
  public String targetElsewhere() {
    return target.elsewhere();
  }

  /** What the server is and what it can do. */
  public ServerInfo serverInfo() {
    return Answers.server(
        calls.unary(
            CatalogServiceGrpc.getGetServerInfoMethod(),
            GetServerInfoRequest.getDefaultInstance(),
            "server info",
            calls.deadline(0)));
  }

  /**
   * What the server is doing.
   *
   * @throws UnimplementedException if the server is too old to tell
   */
  public ServerStatus status() {
    return Answers.status(
        calls.unary(
            AdminServiceGrpc.getGetStatusMethod(),
            GetStatusRequest.getDefaultInstance(),
            "status",
            calls.deadline(0)));
  }

  /**
   * What the server has counted so far under this client's account, see {@link Builder#account}.
   * Zero without an account.
   *
   * @throws UnimplementedException if the server is too old to count
   */
  public Usage usage() {
    return calls.usage();
  }

  /** The environments that the server offers, with their default parameters, sorted by id. */
  public List<EnvironmentInfo> environments() {
    return calls
        .unary(
            CatalogServiceGrpc.getListEnvironmentsMethod(),
            ListEnvironmentsRequest.getDefaultInstance(),
            "list of environments",
            calls.deadline(0))
        .getEnvironmentsList()
        .stream()
        .map(Descriptions::environment)
        .toList();
  }

  /**
   * Describes one environment with the parameters asked for.
   *
   * @param parameters values by name; what is not named keeps its default
   * @throws NotFoundException if the server has no such environment
   * @throws InvalidArgumentException if a parameter does not exist or is out of its range
   */
  public EnvironmentInfo environment(String id, Map<String, Double> parameters) {
    return Descriptions.environment(
        RemoteSimulator.describe(calls, Descriptions.reference(id, parameters)), id);
  }

  /**
   * Makes an environment of a robot's file and a task's. It is then there for {@link #simulator}
   * and {@link #session} under the id that the answer has, as long as the server keeps it; adding
   * the same files again is cheap.
   *
   * @throws InvalidArgumentException if a file makes no sense; the message names file, line and
   *     reason
   */
  public AddedEnvironment addEnvironment(RobotFiles files) {
    AddEnvironmentRequest.Builder request =
        AddEnvironmentRequest.newBuilder()
            .setName(files.name())
            .setTask(file(files.task(), files.taskText()));
    files
        .files()
        .forEach(
            (name, text) -> {
              if (name.equals(files.robot())) {
                request.setRobot(file(name, text));
              } else {
                request.addIncluded(file(name, text));
              }
            });
    AddEnvironmentResponse answer =
        calls.unary(
            CatalogServiceGrpc.getAddEnvironmentMethod(),
            request.build(),
            "environment " + files.name(),
            calls.deadline(0));
    return new AddedEnvironment(
        Descriptions.environment(answer.getEnvironment()), answer.getWarningsList());
  }

  private static TextFile file(String name, String text) {
    return TextFile.newBuilder().setName(name).setText(text).build();
  }

  /**
   * The dynamics of one environment on whole trajectories.
   *
   * @param parameters as {@link #environment}
   */
  public Simulator simulator(String id, Map<String, Double> parameters) {
    return RemoteSimulator.of(calls, Descriptions.reference(id, parameters));
  }

  /**
   * Opens a session of one or more environments; they need a reset before their first step.
   *
   * @param parameters as {@link #environment}
   * @throws ResourceExhaustedException if the server has no room for the session
   */
  public Session session(String id, Map<String, Double> parameters, SessionOptions options) {
    return sessions.open(id, parameters, options);
  }

  /**
   * Takes up a session that is on the server already: after a restart of this program, or of
   * another. Its lease is not renewed in the background.
   *
   * @param sessionId what {@link Session#id()} said
   * @throws SessionExpiredException if there is no such session any more
   */
  public Session attach(String sessionId) {
    return sessions.attach(sessionId);
  }

  /** Fair comparison of controllers, on this connection. */
  public Evaluations evaluations() {
    return evaluations;
  }

  /**
   * Lets the server compare its derivatives with an independent high-order difference at sampled
   * knots.
   *
   * @param parameters as {@link #environment}
   * @param samples number of knots, at least 1
   * @param seed what the knots are drawn with
   * @throws IllegalArgumentException if there is to be no knot
   */
  public DerivativeCheck checkDerivatives(
      String id, Map<String, Double> parameters, int samples, long seed) {
    return checkDerivatives(id, parameters, samples, seed, false);
  }

  /**
   * The same at knots in corners, where formulas change: at rest, with all links in line, with
   * angles at their limits, actions at their bounds, the ground just touched. A derivative is then
   * compared with the mean of the derivatives to either side and with each of the two.
   *
   * @param corners whether the knots are moved into corners
   */
  public DerivativeCheck checkDerivatives(
      String id, Map<String, Double> parameters, int samples, long seed, boolean corners) {
    if (samples < 1) {
      throw new IllegalArgumentException("samples must be at least 1, but is " + samples);
    }
    CheckDerivativesRequest request =
        CheckDerivativesRequest.newBuilder()
            .setEnvironment(Descriptions.reference(id, parameters))
            .setSamples(samples)
            .setSeed(seed)
            .setCorners(corners)
            .build();
    CheckDerivativesResponse response =
        calls.unary(
            DynamicsServiceGrpc.getCheckDerivativesMethod(),
            request,
            "check of the derivatives",
            calls.deadline(samples * 100L));
    return Answers.derivativeCheck(response, samples);
  }

  /**
   * Ends the client's sessions, but for those that were detached, and closes the connection; calls
   * in progress end with a {@link CancelledException}.
   */
  @Override
  public void close() {
    sessions.close();
    calls.close();
    connection.close();
  }

  /** The settings of a client. */
  public static final class Builder {
    private @Nullable Target target;
    private TimeLimit deadline = TimeLimit.of("deadline", Duration.ofSeconds(30));
    private int maxMessageBytes = 64 << 20;
    private String userAgent = "gaitway-java";
    private @Nullable String account;
    private @Nullable Token token;

    private Builder() {}

    /**
     * Sets where the server is and how to speak to it.
     *
     * @param target as {@link Endpoint#parse} reads it: {@code host:port}, {@code [ipv6]:port} or
     *     {@code unix:/path/to/socket}; with TLS {@code tls://host:port}, perhaps with {@code
     *     ?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE}
     * @throws IllegalArgumentException if it is none of these
     */
    public Builder target(String target) {
      return target(Endpoint.parse(target));
    }

    /** Sets where the server is, in plaintext. */
    public Builder target(Address target) {
      return target(new Endpoint(target));
    }

    /** Sets where the server is and how to speak to it. */
    public Builder target(Endpoint target) {
      this.target = new Target.Remote(target);
      return this;
    }

    /**
     * Sets the token that says who calls, in place of the one that the target names. Without either
     * it is the one in the environment variable {@code GAITWAY_TOKEN}, or in the file that {@code
     * GAITWAY_TOKEN_FILE} names, if the server is on this machine or speaks TLS.
     *
     * @throws IllegalArgumentException if it has characters that no token has
     */
    public Builder token(String token) {
      this.token = new Token.Given(token);
      return this;
    }

    /** Sets the name of a server in this process, instead of an address. */
    public Builder inProcess(String name) {
      target = new Target.InProcess(name);
      return this;
    }

    /**
     * Sets how long a call may take, 30 s unless set. A call that simulates may take one
     * millisecond more per control step that it asks for (a knot, or rollouts times horizon), which
     * is hundreds of times what a step takes on an idle server.
     *
     * @param deadline what is longer than the clock can count (292 years), such as {@code
     *     ChronoUnit.FOREVER.getDuration()}, means no limit
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Builder deadline(Duration deadline) {
      this.deadline = TimeLimit.of("deadline", deadline);
      return this;
    }

    /** Sets the largest message taken from a server, in bytes; 64 MiB unless set. */
    public Builder maxMessageBytes(int maxMessageBytes) {
      if (maxMessageBytes < 1) {
        throw new IllegalArgumentException(
            "maxMessageBytes must be at least 1, but is " + maxMessageBytes);
      }
      this.maxMessageBytes = maxMessageBytes;
      return this;
    }

    /** Sets the program's name in the server's log; {@code gaitway-java} unless set. */
    public Builder userAgent(String userAgent) {
      this.userAgent = userAgent;
      return this;
    }

    /**
     * Sets the name under which the server counts what this client's sessions and simulators have
     * it do; nothing is counted unless set. {@link Simulator#account} chooses another for one
     * simulator.
     *
     * @param name as for {@link Simulator#account}
     * @throws IllegalArgumentException if the name has another form
     */
    public Builder account(String name) {
      account = Calls.requireAccount(name);
      return this;
    }

    /**
     * Makes the client; it connects with its first call.
     *
     * @throws IllegalStateException if no target was set
     * @throws IllegalArgumentException if the target is an IPv6 address in a zone, and this machine
     *     has no network interface of that name; if a file that the target names cannot be used; or
     *     if there is a token for a server in this process, or for another machine in plaintext
     * @throws UnsupportedOperationException if the target is a Unix domain socket and this platform
     *     has no support for them
     */
    public GaitwayClient build() {
      if (target == null) {
        throw new IllegalStateException(
            "no target is set; name one with target(\"127.0.0.1:7447\") or inProcess(name)");
      }
      return new GaitwayClient(this, token == null ? target : withToken(target, token));
    }

    private static Target withToken(Target target, Token token) {
      if (target instanceof Target.Remote remote) {
        return new Target.Remote(remote.endpoint().withToken(token));
      }
      throw new IllegalArgumentException(
          "%s is within this process, where calls have no token".formatted(target));
    }
  }
}
