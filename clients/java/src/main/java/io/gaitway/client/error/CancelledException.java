package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call that its caller gave up, by interrupting the thread or closing the client. */
public final class CancelledException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  public CancelledException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
  }
}
