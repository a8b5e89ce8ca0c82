package io.gaitway.server.access;

import io.gaitway.server.log.Event;

/**
 * The audit log: who did what to sessions, evaluations and tokens. Its logger is gaitway.audit;
 * every event has an action and, as keys and values, who did it and to what.
 */
public final class Audit {
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
    // On a private server there is nothing to audit: whoever is there is its own user.
    if (!caller.principal().equals(Principal.LOCAL)) {
      by(caller, action).with("id", beginning(id)).log();
    }
  }

  /** Notes a call that its caller has no right to. */
  static void refused(Caller caller, String method) {
    by(caller, "call.refused").with("method", method).log();
  }

  /** Notes that the server takes a token from now on, or no longer. */
  static void token(String action, Token token) {
    Event.audit(action)
        .with("id", token.id())
        .with("owner", token.owner())
        .with("scopes", Scope.words(token.scopes()))
        .log();
  }

  private static Event by(Caller caller, String action) {
    return Event.audit(action)
        .with("principal", caller.principal().name())
        .with("connection", caller.connection());
  }

  private static String beginning(String id) {
    return id.length() > SHOWN_CHARACTERS ? id.substring(0, SHOWN_CHARACTERS) + "…" : id;
  }
}
