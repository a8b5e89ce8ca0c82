package io.gaitway.server.access;

import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A token in force on this server, and the calls that end with it. */
final class Grant {
  final Token token;
  final Principal principal;

  private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
  private volatile boolean over;

  Grant(Token token) {
    this.token = token;
    principal = Principal.ofToken(token);
  }

  /** Whether calls may be made with it. */
  boolean isValid() {
    return !over && (token.expires() == null || !token.isExpired(Instant.now()));
  }

  /** Has something done when it ends, which is at once if it has. */
  void onEnd(Runnable ending) {
    endings.add(ending);
    if (over) {
      end();
    }
  }

  /** Takes back {@link #onEnd}. */
  void forget(Runnable ending) {
    endings.remove(ending);
  }

  /** Ends it. */
  void end() {
    over = true;
    for (Runnable ending : endings) {
      if (endings.remove(ending)) {
        ending.run();
      }
    }
  }
}
