package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An environment or session that the server does not know. */
public final class NotFoundException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public NotFoundException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
