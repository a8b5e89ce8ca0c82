package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SharesTest {
  private final Shares shares = new Shares(100, 50, 20);

  @Test
  void eachLevelHasItsLimit() {
    shares.take(Callers.of("a", 1), 15);
    assertTrue(shares.has(Callers.of("a", 1), 5));
    assertFalse(shares.has(Callers.of("a", 1), 6), "the connection's");
    for (int connection = 2; connection <= 3; connection++) {
      shares.take(Callers.of("a", connection), 15);
    }
    assertFalse(shares.has(Callers.of("a", 3), 6), "the principal's");
    assertTrue(shares.has(Callers.of("a", 7), 6), "a connection that has none");
    assertTrue(shares.has(Callers.of("b", 4), 20), "somebody else's");
    shares.take(Callers.of("b", 4), 20);
    shares.take(Callers.of("b", 5), 20);
    shares.take(Callers.of("c", 6), 10);
    assertFalse(shares.has(Callers.of("c", 6), 6), "in all");
    shares.giveBack(Callers.of("b", 4), 20);
    assertTrue(shares.has(Callers.of("c", 6), 6));
    assertEquals(75, shares.taken());
  }

  @Test
  void whoHasNothingGetsMoreThanItsLimit() {
    assertTrue(shares.has(Callers.of("a", 1), 90));
    shares.take(Callers.of("a", 1), 90);
    assertFalse(shares.has(Callers.of("b", 2), 11));
    assertTrue(shares.has(Callers.of("b", 2), 0), "nothing is always there");
  }
}
