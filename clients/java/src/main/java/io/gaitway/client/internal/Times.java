package io.gaitway.client.internal;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** The only place where durations and instants meet their messages. */
public final class Times {
  /** Longest duration that a message can have, and that servers take: 10000 years. */
  private static final Duration LONGEST = Duration.ofSeconds(315_576_000_000L);

  private static final int NANOS = 1_000_000_000;

  private Times() {}

  /** The message of a duration; one beyond what messages can have is the longest. */
  public static com.google.protobuf.Duration encode(Duration duration) {
    Duration sent = duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(sent.getSeconds())
        .setNanos(sent.getNano())
        .build();
  }

  /**
   * Reads a duration.
   *
   * @param name what it is in the answer
   * @throws io.gaitway.client.error.GaitwayException if it is negative or not one
   */
  public static Duration decode(com.google.protobuf.Duration message, String name) {
    long seconds = message.getSeconds();
    int nanos = message.getNanos();
    if (seconds < 0 || seconds > LONGEST.getSeconds() || nanos < 0 || nanos >= NANOS) {
      throw Tensors.answer("%s has %d s and %d ns".formatted(name, seconds, nanos));
    }
    return Duration.ofSeconds(seconds, nanos);
  }

  /**
   * Reads an instant.
   *
   * @param name what it is in the answer
   * @throws io.gaitway.client.error.GaitwayException if it is not one
   */
  public static Instant decode(Timestamp message, String name) {
    try {
      return Instant.ofEpochSecond(message.getSeconds(), message.getNanos());
    } catch (DateTimeException | ArithmeticException e) {
      throw Tensors.answer(
          "%s has %d s and %d ns".formatted(name, message.getSeconds(), message.getNanos()));
    }
  }
}
