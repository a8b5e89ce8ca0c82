package io.gaitway.faults;

import static java.util.concurrent.TimeUnit.SECONDS;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.CreateEvaluationResponse;
import io.gaitway.proto.v1.CreateSessionResponse;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.ForkResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.RemoveEvaluationRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.SnapshotResponse;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Plays a {@link Script} and takes every answer that the contract does not allow for an error. The
 * strings {@link #SESSION} and {@link #EVALUATION} and the snapshot of the environment {@link
 * #SNAPSHOT} stand for the last ones that the server has given.
 */
final class Conversation {
  static final String SESSION = "S";
  static final String EVALUATION = "E";
  static final String SNAPSHOT = "N";

  /** Longer than any call may take that the server of the tests lets begin. */
  private static final int PATIENCE_SECONDS = 30;

  private static final List<String> HEADERS =
      List.of("authorization", "gaitway-account", "gaitway-request-id", "user-agent");

  private static final Set<Status.Code> DEFECTS =
      Set.of(
          Status.Code.INTERNAL,
          Status.Code.UNKNOWN,
          Status.Code.DATA_LOSS,
          Status.Code.UNAVAILABLE);

  private final Channel channel;
  private final List<MethodDescriptor<?, ?>> methods;
  private final Metadata headers = new Metadata();
  private final List<String> sessions = new ArrayList<>();
  private final List<String> evaluations = new ArrayList<>();
  private EnvironmentSnapshot snapshot = EnvironmentSnapshot.getDefaultInstance();
  private @Nullable Exchange open;

  Conversation(Channel channel, List<MethodDescriptor<?, ?>> methods) {
    this.channel = channel;
    this.methods = methods;
  }

  /** Plays all of it, and removes what it has made. */
  void play(byte[] script) {
    try {
      for (Script.Part part : Script.read(script)) {
        if (part.isHeader()) {
          head(part.kind() % HEADERS.size(), part.content());
        } else {
          say(methods.get(part.kind() % methods.size()), part.content());
        }
      }
      end();
    } finally {
      cleanUp();
    }
  }

  private void head(int number, byte[] content) {
    Metadata.Key<String> key =
        Metadata.Key.of(HEADERS.get(number), Metadata.ASCII_STRING_MARSHALLER);
    headers.removeAll(key);
    String value = new String(content, StandardCharsets.ISO_8859_1);
    // What a client's library cannot send does not reach a server.
    if (value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      headers.put(key, value);
    }
  }

  private void say(MethodDescriptor<?, ?> method, byte[] content) {
    byte[] request = withNames(method, content);
    if (open != null && open.method == method && !method.getType().clientSendsOneMessage()) {
      open.call.sendMessage(request);
      return;
    }
    end();
    open = new Exchange(method);
    open.call.sendMessage(request);
  }

  /** Waits for the end of the call that is open. */
  private void end() {
    Exchange ending = open;
    open = null;
    if (ending != null) {
      ending.call.halfClose();
      ending.await();
    }
  }

  private byte[] withNames(MethodDescriptor<?, ?> method, byte[] content) {
    try {
      Message message =
          prototype(method.getRequestMarshaller()).getParserForType().parseFrom(content);
      return withNames(message).toByteArray();
    } catch (InvalidProtocolBufferException e) {
      // Is sent as it is: the server is to refuse it.
      return content;
    }
  }

  private static Message prototype(MethodDescriptor.Marshaller<?> marshaller) {
    return (Message) ((MethodDescriptor.PrototypeMarshaller<?>) marshaller).getMessagePrototype();
  }

  private Message withNames(Message message) {
    if (message instanceof EnvironmentSnapshot named && named.getEnvironmentId().equals(SNAPSHOT)) {
      return snapshot;
    }
    Message.Builder changed = message.toBuilder();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (field.isRepeated()) {
                return;
              }
              if (value instanceof Message inner) {
                changed.setField(field, withNames(inner));
              } else if (field.getType() == FieldDescriptor.Type.STRING) {
                changed.setField(field, named((String) value));
              }
            });
    return changed.build();
  }

  private String named(String text) {
    return switch (text) {
      case SESSION -> last(sessions);
      case EVALUATION -> last(evaluations);
      default -> text;
    };
  }

  private static String last(List<String> names) {
    return names.isEmpty() ? "" : names.get(names.size() - 1);
  }

  private void learn(Message answer) {
    if (answer instanceof CreateSessionResponse made) {
      sessions.add(made.getSession().getId());
    } else if (answer instanceof ForkResponse made) {
      sessions.add(made.getSession().getId());
    } else if (answer instanceof CreateEvaluationResponse made) {
      evaluations.add(made.getEvaluation().getId());
    } else if (answer instanceof SnapshotResponse made) {
      snapshot = made.getSnapshot();
    }
    if (!saysWhatFailed(answer)) {
      requireFinite(answer);
    }
  }

  /** Whether an answer says that something diverged, so that some of its numbers may be NaN. */
  private static boolean saysWhatFailed(Message answer) {
    if (answer instanceof EvaluateResponse knots) {
      return knots.getStatusesList().stream()
          .anyMatch(status -> status != KnotStatus.KNOT_STATUS_OK);
    } else if (answer instanceof LinearizeResponse knots) {
      return knots.getStatusesList().stream()
              .anyMatch(status -> status != KnotStatus.KNOT_STATUS_OK)
          || knots.getTerminal().getStatus() != KnotStatus.KNOT_STATUS_OK;
    } else if (answer instanceof RolloutResponse rollouts) {
      return rollouts.getPartsList().stream()
          .anyMatch(part -> part.getSummary().getStatus() == RolloutStatus.ROLLOUT_STATUS_DIVERGED);
    } else if (answer instanceof StepStreamResponse result) {
      return result.getStep().hasDiverged();
    }
    return answer instanceof StepResponse step && step.hasDiverged();
  }

  private static void requireFinite(Message message) {
    if (message instanceof Tensor tensor) {
      if (tensor.getDtype() == DataType.DATA_TYPE_FLOAT64) {
        DoubleBuffer values =
            tensor.getData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer();
        while (values.hasRemaining()) {
          if (!Double.isFinite(values.get())) {
            throw new AssertionError(
                "a number of an answer is not finite, and the answer does not say so");
          }
        }
      }
      return;
    }
    for (Object value : message.getAllFields().values()) {
      if (value instanceof Message inner) {
        requireFinite(inner);
      } else if (value instanceof Collection<?> all) {
        all.stream()
            .filter(Message.class::isInstance)
            .forEach(each -> requireFinite((Message) each));
      }
    }
  }

  private void cleanUp() {
    sessions.forEach(
        id ->
            remove(
                () ->
                    EnvironmentServiceGrpc.newBlockingStub(channel)
                        .deleteSession(
                            DeleteSessionRequest.newBuilder().setSessionId(id).build())));
    evaluations.forEach(
        id ->
            remove(
                () ->
                    EvaluationServiceGrpc.newBlockingStub(channel)
                        .removeEvaluation(
                            RemoveEvaluationRequest.newBuilder().setEvaluationId(id).build())));
  }

  /** Removes what may be gone already. */
  private static void remove(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
        throw new AssertionError("what a client has made cannot be removed", e);
      }
    }
  }

  /** A call, its answers and its end. */
  private final class Exchange extends ClientCall.Listener<Message> {
    private final MethodDescriptor<?, ?> method;
    private final ClientCall<byte[], Message> call;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Message> answers = new ArrayList<>();
    private Status status = Status.OK;
    private Metadata trailers = new Metadata();

    Exchange(MethodDescriptor<?, ?> method) {
      this.method = method;
      Metadata sent = new Metadata();
      sent.merge(headers);
      call =
          ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(sent))
              .newCall(raw(method), CallOptions.DEFAULT);
      call.start(this, new Metadata());
      call.request(Integer.MAX_VALUE);
    }

    @Override
    public synchronized void onMessage(Message message) {
      answers.add(message);
    }

    @Override
    public synchronized void onClose(Status end, Metadata metadata) {
      status = end;
      trailers = metadata;
      closed.countDown();
    }

    void await() {
      try {
        if (!closed.await(PATIENCE_SECONDS, SECONDS)) {
          call.cancel("the fuzzer gives up", null);
          throw new AssertionError(method.getFullMethodName() + " does not end");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      synchronized (this) {
        answers.forEach(Conversation.this::learn);
        requireDocumented();
      }
    }

    private void requireDocumented() {
      if (DEFECTS.contains(status.getCode())) {
        throw new AssertionError(
            method.getFullMethodName() + " ends with a defect", status.asException(trailers));
      }
      if (!status.isOk()
          && method.getFullMethodName().startsWith("gaitway.")
          && !hasReason(status, trailers)) {
        throw new AssertionError(
            method.getFullMethodName() + " refuses without a reason", status.asException(trailers));
      }
    }
  }

  private static boolean hasReason(Status status, Metadata trailers) {
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    return details.getDetailsList().stream()
        .filter(detail -> detail.is(ErrorInfo.class))
        .anyMatch(
            detail -> {
              try {
                return !detail.unpack(ErrorInfo.class).getReason().isEmpty();
              } catch (InvalidProtocolBufferException e) {
                return false;
              }
            });
  }

  private static MethodDescriptor<byte[], Message> raw(MethodDescriptor<?, ?> method) {
    Message answer = prototype(method.getResponseMarshaller());
    return MethodDescriptor.newBuilder(
            new Marshaller<byte[]>() {
              @Override
              public byte[] read(byte[] bytes) {
                return bytes;
              }

              @Override
              public byte[] write(byte[] value) {
                return value;
              }
            },
            new Marshaller<Message>() {
              @Override
              public Message read(byte[] bytes) throws InvalidProtocolBufferException {
                return answer.getParserForType().parseFrom(bytes);
              }

              @Override
              public byte[] write(Message value) {
                return value.toByteArray();
              }
            })
        .setFullMethodName(method.getFullMethodName())
        .setType(method.getType())
        .build();
  }

  /** A marshaller from bytes. */
  private interface Marshaller<T> extends MethodDescriptor.Marshaller<T> {
    T read(byte[] bytes) throws InvalidProtocolBufferException;

    byte[] write(T value);

    @Override
    default InputStream stream(T value) {
      return new ByteArrayInputStream(write(value));
    }

    @Override
    default T parse(InputStream stream) {
      try {
        return read(stream.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
