package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The token does not allow what was asked for, or the thing belongs to somebody else. */
public final class PermissionDeniedException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public PermissionDeniedException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
