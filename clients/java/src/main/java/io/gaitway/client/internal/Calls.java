package io.gaitway.client.internal;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
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
  /** How often a call that may be repeated is made before its failure is reported. */
  private static final int TRIES = 3;

  /** Pause before the first repetition, ms; doubled before each further one. */
  private static final long PAUSE_MILLIS = 100;

  /** The header by which the server knows what account a call belongs to. */
  private static final Metadata.Key<String> ACCOUNT =
      Metadata.Key.of("gaitway-account", Metadata.ASCII_STRING_MARSHALLER);

  private static final Pattern ACCOUNT_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /** The channel as it is, and with the account's header added to every call. */
  private final ManagedChannel plain;

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
  public Calls(ManagedChannel channel, Target target, TimeLimit base) {
    this(channel, new Reconnection(channel), null, target, base, new AtomicBoolean());
  }

  private Calls(
      ManagedChannel plain,
      Reconnection reconnection,
      @Nullable String account,
      Target target,
      TimeLimit base,
      AtomicBoolean closed) {
    this.plain = plain;
    this.reconnection = reconnection;
    this.account = account;
    this.target = target;
    this.base = base;
    this.closed = closed;
    if (account == null) {
      channel = plain;
    } else {
      Metadata headers = new Metadata();
      headers.put(ACCOUNT, account);
      channel =
          ClientInterceptors.intercept(plain, MetadataUtils.newAttachHeadersInterceptor(headers));
    }
  }

  /**
   * The same, but for calls that the server counts for an account.
   *
   * @throws IllegalArgumentException if the name has a form that no server takes
   */
  public Calls account(String name) {
    return new Calls(plain, reconnection, requireAccount(name), target, base, closed);
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
        retrying(() -> unary(UsageServiceGrpc.getGetUsageMethod(), request, "usage", deadline(0)))
            .getUsage();
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
    if (target instanceof Target.InProcess) {
      throw new UnsupportedOperationException("%s is within this process".formatted(target));
    }
    return new Simulator.Access(target.toString(), account == null ? "" : account);
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
   * Makes a call that may be made twice without harm, and again after a pause if the connection
   * fails. A server that says itself that it is unavailable (it is shutting down) is not asked
   * again.
   */
  public <R> R retrying(Supplier<R> call) {
    for (int tried = 1; ; tried++) {
      try {
        return call.get();
      } catch (UnavailableException e) {
        if (tried == TRIES || !e.reason().isEmpty()) {
          throw e;
        }
        try {
          Thread.sleep(PAUSE_MILLIS << (tried - 1));
        } catch (InterruptedException interruption) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
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
    // A cancellation that did not come from this side is a server that is going down.
    Status seen =
        status.getCode() == Status.Code.CANCELLED
            ? Status.UNAVAILABLE
                .withDescription(status.getDescription())
                .withCause(status.getCause())
            : status;
    if (seen.getCode() == Status.Code.UNAVAILABLE) {
      reconnection.callFailed();
    }
    return Errors.translate(seen, trailers, new Errors.Attempt(operation, target, deadline));
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

  /** Makes a call with one answer. */
  public <Q, R> R unary(
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
