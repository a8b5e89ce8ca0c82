package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that this server does not offer: it is older than the client, or the feature is off.
 */
public final class UnimplementedException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public UnimplementedException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
