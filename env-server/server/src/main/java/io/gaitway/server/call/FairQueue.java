package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits, by principal and connection: principals take turns, their connections take turns
 * among them, and each connection has a line in the order of arrival. Not safe for threads.
 */
final class FairQueue<T> {
  /** Those whose turn it is come first. */
  private final Map<String, Map<Long, Deque<T>>> lines = new LinkedHashMap<>();

  private int size;

  /** Adds to the end of the caller's line. */
  void add(Caller caller, T entry) {
    lines
        .computeIfAbsent(caller.principal().name(), name -> new LinkedHashMap<>())
        .computeIfAbsent(caller.connection(), number -> new ArrayDeque<>())
        .add(entry);
    size++;
  }

  /** Takes the next that may go, or null if none may. */
  @Nullable T poll(Predicate<T> mayGo) {
    for (Map.Entry<String, Map<Long, Deque<T>>> principal : lines.entrySet()) {
      T found = pollLines(principal.getValue(), mayGo);
      if (found != null) {
        toTheEnd(lines, principal.getKey(), principal.getValue().isEmpty());
        size--;
        return found;
      }
    }
    return null;
  }

  private static <T> @Nullable T pollLines(Map<Long, Deque<T>> lines, Predicate<T> mayGo) {
    for (Map.Entry<Long, Deque<T>> line : lines.entrySet()) {
      Iterator<T> entries = line.getValue().iterator();
      while (entries.hasNext()) {
        T entry = entries.next();
        if (mayGo.test(entry)) {
          entries.remove();
          toTheEnd(lines, line.getKey(), line.getValue().isEmpty());
          return entry;
        }
      }
    }
    return null;
  }

  /** Moves a key behind the others, or takes it away if nothing is left of it. */
  private static <K, V> void toTheEnd(Map<K, V> map, K key, boolean empty) {
    V value = map.remove(key);
    if (!empty && value != null) {
      map.put(key, value);
    }
  }

  /** Whether any may go. */
  boolean has(Predicate<T> mayGo) {
    return lines.values().stream()
        .anyMatch(
            principal ->
                principal.values().stream().anyMatch(line -> line.stream().anyMatch(mayGo)));
  }

  /** Takes an entry out, if it is there. */
  boolean remove(Caller caller, T entry) {
    Map<Long, Deque<T>> principal = lines.get(caller.principal().name());
    Deque<T> line = principal == null ? null : principal.get(caller.connection());
    if (principal == null || line == null || !line.remove(entry)) {
      return false;
    }
    size--;
    if (line.isEmpty()) {
      principal.remove(caller.connection());
    }
    if (principal.isEmpty()) {
      lines.remove(caller.principal().name());
    }
    return true;
  }

  int size() {
    return size;
  }
}
