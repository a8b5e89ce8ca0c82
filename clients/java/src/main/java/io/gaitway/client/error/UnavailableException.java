package io.gaitway.client.error;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A server that cannot be reached, broke off, or is shutting down. */
public final class UnavailableException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryDelay;

  public UnavailableException(
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
