package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session whose lease ran out or that was deleted; open a new one, or restore a snapshot into it.
 */
public final class SessionExpiredException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public SessionExpiredException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
