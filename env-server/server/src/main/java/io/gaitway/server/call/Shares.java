package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import java.util.HashMap;
import java.util.Map;

/**
 * An amount of something that there is a limit of: in all, for a principal, and for a connection. A
 * connection that has none of it gets what it asks for as long as there is that much left in all,
 * so that no other connection of its principal can keep everything from it. Not safe for threads.
 */
final class Shares {
  private final long most;
  private final long mostOfPrincipal;
  private final long mostOfConnection;
  private long taken;
  private final Map<String, Long> ofPrincipals = new HashMap<>();
  private final Map<Long, Long> ofConnections = new HashMap<>();

  Shares(long most, long mostOfPrincipal, long mostOfConnection) {
    this.most = most;
    this.mostOfPrincipal = mostOfPrincipal;
    this.mostOfConnection = mostOfConnection;
  }

  /** Bytes: half of them for a principal, an eighth for a connection. */
  static Shares ofBytes(long most) {
    return new Shares(most, most / 2, most / 8);
  }

  /** Whether so much can be taken now. */
  boolean has(Caller caller, long amount) {
    long ofPrincipal = ofPrincipals.getOrDefault(caller.principal().name(), 0L);
    long ofConnection = ofConnections.getOrDefault(caller.connection(), 0L);
    return amount == 0
        || taken == 0
        || (taken + amount <= most
            && (ofConnection == 0
                || (ofPrincipal + amount <= mostOfPrincipal
                    && ofConnection + amount <= mostOfConnection)));
  }

  /** Takes it, whether there is room or not. */
  void take(Caller caller, long amount) {
    add(caller, amount);
  }

  /** Gives back what was taken. */
  void giveBack(Caller caller, long amount) {
    add(caller, -amount);
  }

  private void add(Caller caller, long amount) {
    if (amount != 0) {
      taken += amount;
      add(ofPrincipals, caller.principal().name(), amount);
      add(ofConnections, caller.connection(), amount);
    }
  }

  private static <K> void add(Map<K, Long> map, K key, long amount) {
    map.compute(
        key,
        (same, before) -> {
          long now = (before == null ? 0 : before) + amount;
          return now == 0 ? null : now;
        });
  }

  /** How much is taken in all. */
  long taken() {
    return taken;
  }
}
