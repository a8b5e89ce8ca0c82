package io.gaitway.server.call;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Things that are kept for who asked for them, within a bound on all. Where that is reached,
 * whoever holds most gives up what was used longest ago: nobody drives out the others. What one
 * owner has put here, all may find.
 */
public final class SharedCache<K, V> {
  private final long whole;
  private final int mostPerOwner;
  private final Map<String, Owned<K, V>> byOwner = new HashMap<>();
  private final Map<K, Owned<K, V>> byKey = new HashMap<>();
  private long held;

  private record Sized<V>(V value, long size) {}

  /** What one owner has, in the order of use. */
  private static final class Owned<K, V> extends LinkedHashMap<K, Sized<V>> {
    private static final long serialVersionUID = 1L;
    private long held;

    Owned() {
      super(16, 0.75f, true);
    }
  }

  /**
   * An empty one.
   *
   * @param whole most that all things together take, in the unit of {@link #put}'s sizes
   * @param mostPerOwner most things of one owner
   */
  public SharedCache(long whole, int mostPerOwner) {
    this.whole = whole;
    this.mostPerOwner = mostPerOwner;
  }

  /** Keeps a thing for its owner; what was there under the key is forgotten. */
  public synchronized void put(String owner, K key, V value, long size) {
    remove(key);
    Owned<K, V> own = byOwner.computeIfAbsent(owner, name -> new Owned<>());
    own.put(key, new Sized<>(value, size));
    own.held += size;
    held += size;
    byKey.put(key, own);
    if (own.size() > mostPerOwner) {
      removeEldest(own);
    }
    while (held > whole) {
      removeEldest(Collections.max(byOwner.values(), Comparator.comparingLong(o -> o.held)));
    }
    byOwner.values().removeIf(Map::isEmpty);
  }

  /** What is kept under a key, and is then used; null if there is nothing. */
  public synchronized @Nullable V get(K key) {
    Owned<K, V> own = byKey.get(key);
    Sized<V> found = own == null ? null : own.get(key);
    return found == null ? null : found.value();
  }

  private void removeEldest(Owned<K, V> own) {
    remove(own.keySet().iterator().next());
  }

  private void remove(K key) {
    Owned<K, V> own = byKey.remove(key);
    Sized<V> removed = own == null ? null : own.remove(key);
    if (own != null && removed != null) {
      own.held -= removed.size();
      held -= removed.size();
    }
  }
}
