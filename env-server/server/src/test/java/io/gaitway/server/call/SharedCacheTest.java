package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** What is kept for whom, and who makes room. */
class SharedCacheTest {
  private final SharedCache<String, Integer> cache = new SharedCache<>(100, 3);

  @Test
  void anOwnerMakesRoomForItselfByWhatItUsedLongestAgo() {
    for (int i = 0; i < 3; i++) {
      cache.put("a", "a" + i, i, 1);
    }
    cache.put("b", "b", 9, 1);
    assertEquals(0, cache.get("a0"));
    cache.put("a", "a3", 3, 1);
    assertNull(cache.get("a1"), "a0 was used after it");
    assertEquals(0, cache.get("a0"));
    assertEquals(9, cache.get("b"));
  }

  @Test
  void whoHoldsMostMakesRoomForOthers() {
    cache.put("greedy", "g0", 0, 50);
    cache.put("greedy", "g1", 1, 40);
    cache.put("modest", "m", 2, 10);
    cache.put("new", "n", 3, 20);
    assertNull(cache.get("g0"));
    assertEquals(1, cache.get("g1"));
    assertEquals(2, cache.get("m"));
    assertEquals(3, cache.get("n"));
  }

  @Test
  void aKeyHasOneOwnerAndOneSize() {
    cache.put("a", "k", 1, 90);
    cache.put("b", "k", 2, 10);
    assertEquals(2, cache.get("k"));
    cache.put("a", "l", 3, 90);
    assertEquals(2, cache.get("k"), "10 and 90 fit");
    assertEquals(3, cache.get("l"));
  }

  @Test
  void whatIsLargerThanAllIsNotKept() {
    cache.put("b", "small", 1, 10);
    cache.put("a", "huge", 2, 101);
    assertNull(cache.get("huge"));
    assertEquals(1, cache.get("small"));
  }
}
