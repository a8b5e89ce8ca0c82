package io.gaitway.client.internal;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.UnavailableException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whether a call that failed is made again, and after what pause: as {@code
 * proto/service-config.json} says. That gRPC itself does not follow it has reasons, which
 * docs/decisions.md gives.
 */
final class Retries {
  /** How often a call is made at most. */
  static final int MAX_ATTEMPTS = 5;

  static final double INITIAL_BACKOFF_SECONDS = 0.25;
  static final double MAX_BACKOFF_SECONDS = 8;
  static final double BACKOFF_MULTIPLIER = 4;

  /** The same as long as nobody has ever answered: the address may be wrong. */
  private static final int ATTEMPTS_BEFORE_CONTACT = 2;

  private static final double JITTER = 0.2;

  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private Retries() {}

  /** Whether the contract says that a call may be made twice without harm. */
  static boolean isRepeatable(MethodDescriptor<?, ?> method) {
    return method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier
        && supplier.getMethodDescriptor().getOptions().getIdempotencyLevel()
            != IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
  }

  /**
   * The pause before the next attempt, ms; empty if there is to be none.
   *
   * @param made attempts made so far, at least 1
   * @param repeatable whether the call may be made twice without harm
   * @param answered whether the server has ever answered
   */
  static OptionalLong pause(
      GaitwayException failure, int made, boolean repeatable, boolean answered) {
    String pushback = pushback(failure);
    boolean again =
        failure instanceof UnavailableException
            ? repeatable || failure.reason().equals("DRAINING") || Errors.neverSent(failure)
            : failure instanceof ResourceExhaustedException && pushback != null;
    if (!again || made >= (answered ? MAX_ATTEMPTS : ATTEMPTS_BEFORE_CONTACT)) {
      return OptionalLong.empty();
    }
    return pushback == null ? OptionalLong.of(backoff(made)) : asked(pushback);
  }

  private static @Nullable String pushback(GaitwayException failure) {
    Metadata trailers =
        failure.getCause() instanceof StatusRuntimeException status ? status.getTrailers() : null;
    return trailers == null ? null : trailers.get(PUSHBACK);
  }

  private static long backoff(int made) {
    double seconds =
        Math.min(
            MAX_BACKOFF_SECONDS, INITIAL_BACKOFF_SECONDS * Math.pow(BACKOFF_MULTIPLIER, made - 1));
    double random = ThreadLocalRandom.current().nextDouble(1 - JITTER, 1 + JITTER);
    return Math.round(1000 * seconds * random);
  }

  /** What the server asks for: a number below 0, like anything else, asks for no more attempts. */
  private static OptionalLong asked(String pushback) {
    try {
      long millis = Integer.parseInt(pushback);
      return millis < 0 ? OptionalLong.empty() : OptionalLong.of(millis);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
