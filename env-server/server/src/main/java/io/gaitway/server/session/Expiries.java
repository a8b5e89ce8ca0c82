package io.gaitway.server.session;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * When to look at which session. Renewing a lease does not touch this: a session whose time has
 * come is looked at, and comes again later if it was renewed.
 */
final class Expiries {
  /** Until this instant nobody needs to look at the session. */
  record Due(Instant at, String id) implements Comparable<Due> {
    private static final Comparator<Due> ORDER =
        Comparator.comparing(Due::at).thenComparing(Due::id);

    @Override
    public int compareTo(Due other) {
      return ORDER.compare(this, other);
    }
  }

  private final TreeMap<Due, LiveSession> queue = new TreeMap<>();

  /** Adds a session, or says that its lease has become shorter. */
  synchronized void put(LiveSession session) {
    remove(session);
    Due due = new Due(session.expiry(), session.id);
    session.due = due;
    queue.put(due, session);
  }

  /** Forgets a session. */
  synchronized void remove(LiveSession session) {
    Due due = session.due;
    if (due != null) {
      queue.remove(due);
      session.due = null;
    }
  }

  /** Takes out the sessions that have expired. */
  synchronized List<LiveSession> takeExpired(Instant now) {
    if (queue.isEmpty() || queue.firstKey().at().isAfter(now)) {
      return List.of();
    }
    List<LiveSession> expired = new ArrayList<>();
    List<LiveSession> renewed = new ArrayList<>();
    while (!queue.isEmpty() && !queue.firstKey().at().isAfter(now)) {
      LiveSession session = queue.pollFirstEntry().getValue();
      session.due = null;
      (session.expiry().isAfter(now) ? renewed : expired).add(session);
    }
    renewed.forEach(this::put);
    return expired;
  }

  /** Time until the next session may expire; a second if there is none. */
  synchronized Duration untilNext(Instant now) {
    Map.@Nullable Entry<Due, LiveSession> first = queue.firstEntry();
    return first == null ? Duration.ofSeconds(1) : Duration.between(now, first.getKey().at());
  }
}
