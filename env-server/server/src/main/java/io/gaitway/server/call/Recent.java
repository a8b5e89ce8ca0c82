package io.gaitway.server.call;

import java.util.LinkedHashMap;
import java.util.Map;

/** The entries that were asked for last, up to a number; the others are forgotten. */
public final class Recent<K, V> extends LinkedHashMap<K, V> {
  private static final long serialVersionUID = 1L;

  private final int most;

  /** Keeps at most {@code most} entries. */
  public Recent(int most) {
    super(16, 0.75f, true);
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
