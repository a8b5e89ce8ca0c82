package io.gaitway.client.agent;

import io.gaitway.address.Endpoint;
import io.gaitway.address.Handshake;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Target;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.gaitway.proto.v1.DescribeRequest;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An agent that another process serves. Its faults are {@link AgentException}s. */
public final class AgentClient implements AgentService, AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private final Channels.Connection connection;
  private final TimeLimit patience;

  private AgentClient(Channels.Connection connection, TimeLimit patience) {
    this.connection = connection;
    this.patience = patience;
  }

  /** Whether a line of output is a handshake, sound or not, rather than anything else. */
  public static boolean isHandshake(String line) {
    return Handshake.AGENT.isMeantBy(line);
  }

  /**
   * A client of the agent that printed a handshake.
   *
   * @param handshake the line, such as {@code gaitway-agent|1|tcp|127.0.0.1:43127}
   * @param patience time without a sign of life after which the agent is given up; what is longer
   *     than the clock can count means never
   * @throws AgentException if the line cannot be used
   * @throws IllegalArgumentException if the time is zero or negative
   */
  public static AgentClient connect(String handshake, Duration patience) {
    TimeLimit limit = TimeLimit.of("patience", patience);
    try {
      // Never the token of the environment, which is for servers.
      Endpoint endpoint = Handshake.AGENT.read(handshake);
      return new AgentClient(
          Channels.open(
              new Target.Remote(endpoint),
              endpoint.token(),
              MAX_MESSAGE_BYTES,
              "gaitway-agent-host"),
          limit);
    } catch (IllegalArgumentException e) {
      throw AgentException.contract(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public AgentDescription describe(String environment) {
    return describe(environment, patience);
  }

  /**
   * The same with another time for the answer.
   *
   * @throws IllegalArgumentException if the time is zero or negative
   */
  public AgentDescription describe(String environment, Duration time) {
    return describe(environment, TimeLimit.of("time", time));
  }

  private AgentDescription describe(String environment, TimeLimit time) {
    DescribeRequest request = DescribeRequest.newBuilder().setEnvironment(environment).build();
    try {
      return AgentCodec.decode(
          ClientCalls.blockingUnaryCall(
              connection.channel(),
              AgentServiceGrpc.getDescribeMethod(),
              time.isNone()
                  ? CallOptions.DEFAULT
                  : CallOptions.DEFAULT.withDeadlineAfter(time.nanos(), TimeUnit.NANOSECONDS),
              request));
    } catch (StatusRuntimeException e) {
      throw fault(e.getStatus(), "when asked what it is", time);
    }
  }

  @Override
  public AgentTraining begin(AgentTask task, Consumer<AgentNote> notes) {
    return RemoteTraining.begin(
        connection.channel().newCall(AgentServiceGrpc.getTrainMethod(), CallOptions.DEFAULT),
        task,
        notes,
        patience);
  }

  /**
   * The exception for a call that the agent, or the connection to it, ended.
   *
   * @param moment when, such as {@code in iteration 5}
   */
  static AgentException fault(Status status, String moment, TimeLimit patience) {
    @Nullable String description = status.getDescription();
    String words = description == null ? status.getCode().name() : description;
    AgentException.Kind kind =
        Calls.isLost(status)
            ? AgentException.Kind.LOST
            : switch (status.getCode()) {
              case INVALID_ARGUMENT -> AgentException.Kind.REFUSED;
              case DEADLINE_EXCEEDED -> AgentException.Kind.SILENT;
              case RESOURCE_EXHAUSTED, UNIMPLEMENTED -> AgentException.Kind.CONTRACT;
              default -> AgentException.Kind.FAILED;
            };
    String sentence =
        switch (kind) {
          case REFUSED -> "refused: " + words;
          case LOST -> "broke the connection %s (%s)".formatted(moment, words);
          case SILENT -> silent(moment, patience);
          case CONTRACT ->
              status.getCode() == Status.Code.UNIMPLEMENTED
                  ? "does not serve gaitway.v1.AgentService"
                  : "exceeded a limit %s: %s".formatted(moment, words);
          default -> "failed %s: %s".formatted(moment, words);
        };
    return new AgentException(kind, sentence, status.asRuntimeException());
  }

  static String silent(String moment, TimeLimit patience) {
    return "gave no sign of life for " + patience + " " + moment;
  }

  /** Closes the connection; a training in progress ends. */
  @Override
  public void close() {
    connection.close();
  }
}
