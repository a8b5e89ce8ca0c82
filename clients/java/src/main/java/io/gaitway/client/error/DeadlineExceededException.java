package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call that did not finish in the time it was given. */
public final class DeadlineExceededException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public DeadlineExceededException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
