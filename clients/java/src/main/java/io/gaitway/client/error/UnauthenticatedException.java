package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server does not know who calls: there is no token, or not one that it takes. */
public final class UnauthenticatedException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public UnauthenticatedException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
