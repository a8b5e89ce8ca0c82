package io.gaitway.client.error;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A limit that was reached: sessions, message size or work in progress. */
public final class ResourceExhaustedException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryDelay;

  public ResourceExhaustedException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Duration retryDelay,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
    this.retryDelay = retryDelay;
  }

  /** How long the server asks to wait before the next try, if it said so. */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(retryDelay);
  }
}
