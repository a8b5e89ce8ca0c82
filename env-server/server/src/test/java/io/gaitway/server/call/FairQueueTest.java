package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private final FairQueue<String> queue = new FairQueue<>();

  private void add(String principal, int connection, String entry) {
    queue.add(Callers.of(principal, connection), entry);
  }

  private List<String> drain() {
    List<String> order = new ArrayList<>();
    for (String next = queue.poll(all -> true); next != null; next = queue.poll(all -> true)) {
      order.add(next);
    }
    return order;
  }

  @Test
  void principalsTakeTurnsAndTheirConnectionsAmongThem() {
    for (int i = 1; i <= 3; i++) {
      add("a", 1, "a1." + i);
      add("a", 2, "a2." + i);
    }
    add("b", 3, "b3.1");
    add("b", 3, "b3.2");
    assertEquals(8, queue.size());
    assertEquals(List.of("a1.1", "b3.1", "a2.1", "b3.2", "a1.2", "a2.2", "a1.3", "a2.3"), drain());
    assertEquals(0, queue.size());
  }

  @Test
  void whatMayNotGoHoldsUpNobody() {
    add("a", 1, "stays");
    add("a", 1, "goes");
    add("b", 2, "stays too");
    assertEquals("goes", queue.poll(entry -> entry.equals("goes")));
    assertNull(queue.poll(entry -> entry.equals("goes")));
    assertFalse(queue.has(entry -> entry.equals("goes")));
    assertTrue(queue.has(entry -> entry.equals("stays")));
    assertEquals(2, queue.size());
  }

  @Test
  void anEntryCanBeTakenOut() {
    add("a", 1, "first");
    add("a", 1, "second");
    assertTrue(queue.remove(Callers.of("a", 1), "first"));
    assertFalse(queue.remove(Callers.of("a", 1), "first"));
    assertFalse(queue.remove(Callers.of("b", 1), "second"));
    assertEquals(List.of("second"), drain());
  }
}
