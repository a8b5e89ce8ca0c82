package io.gaitway.client.agent;

import io.gaitway.client.error.GaitwayException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fault of an agent in another process. The message continues a sentence that begins with the
 * agent's name, such as {@code did not answer within 10 min}.
 */
public final class AgentException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  /** What kind of fault it is. */
  public enum Kind {
    /** It refused the task or the checkpoint. */
    REFUSED,
    /** It reports a failure of its own. */
    FAILED,
    /** It sent something that the contract does not allow. */
    CONTRACT,
    /** It gave no sign of life for too long. */
    SILENT,
    /** The connection to it broke, or there never was one. */
    LOST,
    /** The calling thread was interrupted. */
    INTERRUPTED
  }

  private final Kind kind;

  AgentException(Kind kind, String message, @Nullable Throwable cause) {
    super(kind.name(), "", message, Map.of(), cause);
    this.kind = kind;
  }

  /** The fault of an agent that sent what the contract does not allow. */
  static AgentException contract(String message) {
    return new AgentException(Kind.CONTRACT, message, null);
  }

  /** What kind of fault it is. */
  public Kind kind() {
    return kind;
  }
}
