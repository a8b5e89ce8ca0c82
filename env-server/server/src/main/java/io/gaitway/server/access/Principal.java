package io.gaitway.server.access;

import java.util.EnumSet;
import java.util.Set;

/**
 * Who turns, budgets and belongings go by: the owner of a token, a user of this machine, or anybody
 * on loopback.
 *
 * @param name "token:OWNER", "user:NAME" or "anonymous"
 * @param scopes what it may do
 */
public record Principal(String name, Set<Scope> scopes) {
  /** Whoever connects without a token from this machine. */
  public static final Principal ANONYMOUS = new Principal("anonymous", EnumSet.allOf(Scope.class));

  /** Copies the scopes. */
  public Principal {
    scopes = Set.copyOf(scopes);
  }
}
