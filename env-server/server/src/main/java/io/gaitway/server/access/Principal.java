package io.gaitway.server.access;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who turns, budgets and belongings go by: the owner of a token, a user of this machine, whoever is
 * let into a private transport, or anybody on loopback.
 *
 * @param name "token:OWNER", "user:UID" with the number of the user, "local" or "anonymous"
 * @param scopes what it may do
 */
public record Principal(String name, Set<Scope> scopes) {
  private static final Set<Scope> ALL_BUT_ADMIN = EnumSet.complementOf(EnumSet.of(Scope.ADMIN));

  /** Whoever connects over loopback without a token. */
  public static final Principal ANONYMOUS = new Principal("anonymous", ALL_BUT_ADMIN);

  /** Whoever is let into a transport that only the server's own user reaches. */
  static final Principal LOCAL = new Principal("local", EnumSet.allOf(Scope.class));

  /** Copies the scopes. */
  public Principal {
    scopes = Set.copyOf(scopes);
  }

  /** The owner of a token. */
  static Principal ofToken(Token token) {
    return new Principal("token:" + token.owner(), token.scopes());
  }

  /** A user of this machine; the one who runs the server may do everything. */
  static Principal ofUser(long uid, long serverUid) {
    return new Principal(
        "user:" + uid, uid == serverUid ? EnumSet.allOf(Scope.class) : ALL_BUT_ADMIN);
  }

  /** Whether it may do what one of these scopes allows. */
  boolean hasAnyOf(Set<Scope> needed) {
    if (scopes.contains(Scope.ADMIN)) {
      return true;
    }
    for (Scope scope : needed) {
      if (scopes.contains(scope)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is somebody in particular, and not whoever can reach the server. */
  public boolean isSomebody() {
    return !name.equals(ANONYMOUS.name) && !name.equals(LOCAL.name);
  }

  /** Whether something that belongs to {@code owner}, a {@link #name}, is its own to use. */
  public boolean mayUse(String owner) {
    return name.equals(owner) || scopes.contains(Scope.ADMIN);
  }
}
