package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that the present state forbids: a step before the first reset, a snapshot of another
 * model.
 */
public final class FailedPreconditionException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public FailedPreconditionException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
