package io.gaitway.server.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Lets no more than {@value #MOST} lines of a kind pass in a second, and counts the others, so that
 * nobody can fill a log.
 */
final class Kinds {
  static final int MOST = 5;

  /** Kinds that are told apart; beyond, they share one. */
  private static final int KNOWN = 1000;

  private final Map<String, Window> windows = new ConcurrentHashMap<>();

  /** Guarded by itself. */
  private static final class Window {
    private long second = -1;
    private int passed;
    private long omitted;
  }

  /** Whether a line may pass in this second. */
  boolean pass(String kind, long second) {
    String known = windows.size() < KNOWN || windows.containsKey(kind) ? kind : "other";
    Window window = windows.computeIfAbsent(known, unknown -> new Window());
    synchronized (window) {
      if (window.second != second) {
        window.second = second;
        window.passed = 0;
      }
      boolean passes = window.passed < MOST;
      if (passes) {
        window.passed++;
      } else {
        window.omitted++;
      }
      return passes;
    }
  }

  /** Tells how many lines of each kind were left out before this second, once. */
  void omitted(long second, BiConsumer<String, Long> teller) {
    windows.forEach(
        (kind, window) -> {
          long count;
          synchronized (window) {
            if (window.second == second || window.omitted == 0) {
              return;
            }
            count = window.omitted;
            window.omitted = 0;
          }
          teller.accept(kind, count);
        });
  }
}
