package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.server.Faults;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nobody can take everything, and what is given back can be taken again. */
class SharedBudgetTest {
  private static int takeAll(SharedBudget budget, String principal) {
    int taken = 0;
    while (true) {
      try {
        budget.take(principal, 1, () -> Duration.ofSeconds(5));
        taken++;
      } catch (RequestException full) {
        return taken;
      }
    }
  }

  private static Map<String, String> refusal(SharedBudget budget, String principal) {
    RequestException refused =
        assertThrows(
            RequestException.class, () -> budget.take(principal, 1, () -> Duration.ofSeconds(5)));
    return Faults.info(Errors.toStatus(refused)).getMetadataMap();
  }

  @Test
  void onePrincipalGetsHalfAndTheNextSomethingLeft() {
    SharedBudget budget = new SharedBudget("places", 1024, 512);
    assertEquals(512, takeAll(budget, "a"));
    assertEquals(
        Map.of("resource", "places", "limit", "512", "limit_of", "principal"),
        refusal(budget, "a"));
    assertEquals(256, takeAll(budget, "b"));
    for (int n = 0; n < 6; n++) {
      int taken = takeAll(budget, "later " + n);
      assertTrue(taken >= 1, "the later principal " + n + " got " + taken);
    }
    budget.giveBack("a", 512);
    assertTrue(takeAll(budget, "c") > 200);
  }

  @Test
  void withoutASharePerPrincipalTheWholeGoesToWhoeverComesFirst() {
    SharedBudget budget = new SharedBudget("places", 3, 3);
    assertEquals(3, takeAll(budget, "a"));
    assertEquals("server", refusal(budget, "b").get("limit_of"));
    budget.giveBack("a", 1);
    assertEquals(1, takeAll(budget, "b"));
    assertEquals(3, budget.held());
  }

  @Test
  void twoShareTwoPlaces() {
    SharedBudget budget = new SharedBudget("places", 2, 1);
    assertEquals(1, takeAll(budget, "a"));
    assertEquals(1, takeAll(budget, "b"));
    assertEquals(0, takeAll(budget, "c"));
  }
}
