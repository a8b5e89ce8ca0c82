package io.gaitway.client.internal;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.UnauthenticatedException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.nio.channels.ClosedChannelException;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls that wait for their end. A message is handed over on the thread that received it, at
 * once; when a call returns or throws, no hand-over is in progress and none will follow, so that
 * messages may be written straight into the caller's arrays.
 */
public final class Calls {
  /** The header by which the server knows what account a call belongs to. */
  private static final Metadata.Key<String> ACCOUNT =
      Metadata.Key.of("gaitway-account", Metadata.ASCII_STRING_MARSHALLER);

  private static final Pattern ACCOUNT_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final Channels.Connection connection;

  /** The connection's channel, with the account's header added to every call. */
  private final Channel channel;

  private final Reconnection reconnection;
  private final @Nullable String account;
  private final Target target;
  private final TimeLimit base;
  private final AtomicBoolean closed;

  /**
   * Makes calls on a channel, for no account.
   *
   * @param base time for a call that does not simulate
   */
  public Calls(Channels.Connection connection, Target target, TimeLimit base) {
    this(
        connection,
        new Reconnection(connection.channel()),
        null,
        target,
        base,
        new AtomicBoolean());
  }

  private Calls(
      Channels.Connection connection,
      Reconnection reconnection,
      @Nullable String account,
      Target target,
      TimeLimit base,
      AtomicBoolean closed) {
    this.connection = connection;
    this.reconnection = reconnection;
    this.account = account;
    this.target = target;
    this.base = base;
    this.closed = closed;
    if (account == null) {
      channel = connection.channel();
    } else {
      Metadata headers = new Metadata();
      headers.put(ACCOUNT, account);
      channel =
          ClientInterceptors.intercept(
              connection.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    }
  }

  /**
   * The same, but for calls that the server counts for an account.
   *
   * @throws IllegalArgumentException if the name has a form that no server takes
   */
  public Calls account(String name) {
    return new Calls(connection, reconnection, requireAccount(name), target, base, closed);
  }

  /** Checks that an account's name has a form that servers take, and returns it. */
  public static String requireAccount(String name) {
    if (!ACCOUNT_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is '%s'".formatted(name));
    }
    return name;
  }

  /** What the server has counted for the account; zero if there is none. */
  public Usage usage() {
    if (account == null) {
      return Usage.ZERO;
    }
    GetUsageRequest request = GetUsageRequest.newBuilder().setAccount(account).build();
    io.gaitway.proto.v1.Usage usage =
        unary(UsageServiceGrpc.getGetUsageMethod(), request, "usage", deadline(0)).getUsage();
    if (!(usage.getRollouts() >= 0
        && usage.getRolloutSteps() >= 0
        && usage.getSessionSteps() >= 0
        && usage.getEvaluatedKnots() >= 0
        && usage.getLinearizedKnots() >= 0
        && usage.getWorkerSeconds() >= 0)) {
      throw Tensors.answer("the usage has a count below 0");
    }
    return new Usage(
        usage.getRollouts(),
        usage.getRolloutSteps(),
        usage.getSessionSteps(),
        usage.getEvaluatedKnots(),
        usage.getLinearizedKnots(),
        usage.getWorkerSeconds());
  }

  /** How another process makes the same calls. */
  public Simulator.Access access() {
    return new Simulator.Access(target.elsewhere(), account == null ? "" : account);
  }

  /** From now on every failure is that of a closed client. */
  public void close() {
    closed.set(true);
  }

  /** The time for a call that simulates so many control steps. */
  public TimeLimit deadline(long steps) {
    return base.plusMillis(steps);
  }

  /**
   * Makes a call, and again after a pause if the server was not reached, or refused it for now: as
   * long as {@link Retries} says, if it may be made twice without harm or cannot have been carried
   * out. A token that the server refuses is read again, once.
   *
   * @param repeatable whether the call may be made twice without harm
   */
  public <R> R retrying(boolean repeatable, Supplier<R> call) {
    boolean renewed = false;
    for (int made = 1; ; made++) {
      String sent = connection.bearer().secret();
      try {
        R answer = call.get();
        reconnection.callAnswered();
        return answer;
      } catch (UnauthenticatedException e) {
        if (renewed || !connection.bearer().replaces(sent)) {
          throw e;
        }
        renewed = true;
      } catch (GaitwayException e) {
        pause(e, made, repeatable);
      }
    }
  }

  /** The same for a method of which the contract says whether it is repeatable. */
  public <R> R retrying(MethodDescriptor<?, ?> method, Supplier<R> call) {
    return retrying(Retries.isRepeatable(method), call);
  }

  private void pause(GaitwayException failure, int made, boolean repeatable) {
    OptionalLong pause = Retries.pause(failure, made, repeatable, reconnection.hasAnswered());
    if (pause.isEmpty() || closed.get()) {
      throw explained(failure);
    }
    try {
      Thread.sleep(pause.getAsLong());
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  /** A failure, or what is known of a server that never said a word. */
  private GaitwayException explained(GaitwayException failure) {
    if (failure instanceof UnavailableException
        && failure.reason().isEmpty()
        && !reconnection.hasAnswered()
        && !neverSent(failure)) {
      String mismatch = Mismatch.ofSilence(target);
      if (mismatch != null) {
        return new UnavailableException(
            failure.code(), "", mismatch, failure.metadata(), null, failure.getCause());
      }
    }
    return failure;
  }

  /**
   * Opens a call for its owner to conduct. After a failure it tries to connect anew, so that a
   * server that has come back is found.
   */
  public <Q, R> ClientCall<Q, R> open(MethodDescriptor<Q, R> method, CallOptions options) {
    reconnection.prepare();
    return channel.newCall(method, options);
  }

  /** Makes a call whose outcome matters to nobody, without waiting for it. */
  public <Q, R> void send(
      MethodDescriptor<Q, R> method, Q request, TimeLimit deadline, Runnable whenEnded) {
    ClientCall<Q, R> call = open(method, options(deadline));
    call.start(
        new ClientCall.Listener<R>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            whenEnded.run();
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(request);
    call.halfClose();
  }

  private static CallOptions options(TimeLimit deadline) {
    return deadline.isNone()
        ? CallOptions.DEFAULT
        : CallOptions.DEFAULT.withDeadlineAfter(deadline.nanos(), TimeUnit.NANOSECONDS);
  }

  /** The exception for a call that ended by itself, in whatever way but well. */
  public GaitwayException failure(
      Status status, @Nullable Metadata trailers, String operation, TimeLimit deadline) {
    if (closed.get()) {
      return cancelled(operation + " of a closed client");
    }
    Status seen =
        isLost(status) || Mismatch.isOtherProtocol(status)
            ? Status.UNAVAILABLE
                .withDescription(status.getDescription())
                .withCause(status.getCause())
            : status;
    if (seen.getCode() == Status.Code.UNAVAILABLE) {
      reconnection.callFailed();
    } else if (seen.getCode() != Status.Code.DEADLINE_EXCEEDED) {
      reconnection.callAnswered();
    }
    return Errors.translate(seen, trailers, new Errors.Attempt(operation, target, deadline));
  }

  /** Whether a call that this side did not give up ended with its connection or its server. */
  public static boolean isLost(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE, CANCELLED -> true;
      // The connection broke while the call began.
      case UNKNOWN -> status.getCause() instanceof ClosedChannelException;
      default -> false;
    };
  }

  /** The exception for a call that this side gave up. */
  public GaitwayException cancelled(String operation) {
    return Errors.translate(
        Status.CANCELLED, null, new Errors.Attempt(operation, target, TimeLimit.NONE));
  }

  /** Whether a failed call certainly never reached the server. */
  public static boolean neverSent(GaitwayException failure) {
    return Errors.neverSent(failure);
  }

  /** Makes a call with one answer; again as {@link #retrying(MethodDescriptor, Supplier)} says. */
  public <Q, R> R unary(
      MethodDescriptor<Q, R> method, Q request, String operation, TimeLimit deadline) {
    return retrying(method, () -> once(method, request, operation, deadline));
  }

  /** Makes a call with one answer, once. */
  public <Q, R> R once(
      MethodDescriptor<Q, R> method, Q request, String operation, TimeLimit deadline) {
    Single<R> single = new Single<>();
    stream(method, request, operation, deadline, single);
    R answer = single.value;
    if (answer == null) {
      throw failure(
          Status.INTERNAL.withDescription("the server ended the call without an answer"),
          null,
          operation,
          deadline);
    }
    return answer;
  }

  private static final class Single<R> implements Consumer<R> {
    private @Nullable R value;

    @Override
    public void accept(R answer) {
      if (value != null) {
        throw Tensors.answer("it came twice");
      }
      value = answer;
    }
  }

  /**
   * Makes a call with any number of answers, each handed to {@code consumer} as it comes.
   *
   * @param deadline time for the whole call
   * @throws GaitwayException if the call fails, or if the consumer throws one
   */
  public <Q, R> void stream(
      MethodDescriptor<Q, R> method,
      Q request,
      String operation,
      TimeLimit deadline,
      Consumer<? super R> consumer) {
    ClientCall<Q, R> call = open(method, options(deadline));
    Waiter<R> waiter = new Waiter<>(call, consumer);
    call.start(waiter, new Metadata());
    call.request(Integer.MAX_VALUE);
    try {
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      call.cancel("the request could not be sent", e);
      waiter.await();
      throw e;
    }
    waiter.await();
    if (waiter.consumerFailure != null) {
      throw waiter.consumerFailure;
    }
    if (waiter.interrupted && waiter.status.getCode() == Status.Code.CANCELLED) {
      throw cancelled(operation);
    }
    if (!waiter.status.isOk()) {
      throw failure(waiter.status, waiter.trailers, operation, deadline);
    }
  }

  /** Hands messages over and waits for the end of the call. */
  private static final class Waiter<R> extends ClientCall.Listener<R> {
    private final ClientCall<?, R> call;
    private final Consumer<? super R> consumer;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable RuntimeException consumerFailure;
    private boolean interrupted;
    private Status status = Status.UNKNOWN;
    private @Nullable Metadata trailers;

    Waiter(ClientCall<?, R> call, Consumer<? super R> consumer) {
      this.call = call;
      this.consumer = consumer;
    }

    @Override
    public void onMessage(R message) {
      if (consumerFailure != null) {
        return;
      }
      try {
        consumer.accept(message);
      } catch (RuntimeException e) {
        consumerFailure = e;
        call.cancel("the answer could not be used", e);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      this.status = status;
      this.trailers = trailers;
      closed.countDown();
    }

    /** Waits for the end; an interrupt cancels the call, which then ends soon. */
    void await() {
      while (true) {
        try {
          closed.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
          call.cancel("the calling thread was interrupted", null);
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
