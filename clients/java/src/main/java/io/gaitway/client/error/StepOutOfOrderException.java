package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A step whose number does not follow the session's step counter; metadata holds both numbers. */
public final class StepOutOfOrderException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public StepOutOfOrderException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
