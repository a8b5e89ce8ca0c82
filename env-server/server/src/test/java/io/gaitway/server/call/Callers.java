package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.server.access.Principal;
import java.util.Set;

/** Callers for tests. */
final class Callers {
  private Callers() {}

  static Caller of(String principal, long connection) {
    return new Caller(new Principal(principal, Set.of()), connection);
  }
}
