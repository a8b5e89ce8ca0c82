package io.gaitway.server.access;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The audit log: who did what to sessions, evaluations and tokens. Its logger is {@value #NAME};
 * every event has an action and, as keys and values, who did it and to what.
 */
public final class Audit {
  public static final String NAME = "gaitway.audit";

  private static final Logger LOG = LoggerFactory.getLogger(NAME);

  /** Ids are keys: whoever has one may use what it names. */
  private static final int SHOWN_CHARACTERS = 8;

  private Audit() {}

  /**
   * Notes what the caller of this thread's call did.
   *
   * @param action such as "session.created"
   * @param id of the session or evaluation; only its beginning is noted
   */
  public static void note(String action, String id) {
    note(Caller.ofCall(), action, id);
  }

  /** As {@link #note(String, String)}, of a call that another thread may be handling. */
  public static void note(Caller caller, String action, String id) {
    if (LOG.isInfoEnabled()) {
      by(caller).addKeyValue("id", beginning(id)).log(action);
    }
  }

  /** Notes a call that its caller has no right to. */
  static void refused(Caller caller, String method) {
    if (LOG.isInfoEnabled()) {
      by(caller).addKeyValue("method", method).log("call.refused");
    }
  }

  /** Notes that the server takes a token from now on, or no longer. */
  static void token(String action, Token token) {
    LOG.atInfo()
        .addKeyValue("id", token.id())
        .addKeyValue("owner", token.owner())
        .addKeyValue("scopes", Scope.words(token.scopes()))
        .log(action);
  }

  private static LoggingEventBuilder by(Caller caller) {
    return LOG.atInfo()
        .addKeyValue("principal", caller.principal().name())
        .addKeyValue("connection", caller.connection());
  }

  private static String beginning(String id) {
    return id.length() > SHOWN_CHARACTERS ? id.substring(0, SHOWN_CHARACTERS) + "…" : id;
  }
}
