package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.trajopt.RiccatiSweep.Form;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegularizationTest {

  @Test
  void growsAndShrinksFasterWithEveryStep() {
    Regularization r = new Regularization(new Regularization.Options(Form.STATE, 0, 1, 1000, 2));
    assertEquals(0, r.lambda());
    assertTrue(r.increase());
    assertEquals(1, r.lambda());
    assertTrue(r.increase());
    assertEquals(4, r.lambda());
    assertTrue(r.increase());
    assertEquals(32, r.lambda());
    assertTrue(r.increase());
    assertEquals(512, r.lambda());
    assertFalse(r.increase());
    assertEquals(512, r.lambda());
    r.decrease();
    assertEquals(256, r.lambda());
    r.decrease();
    assertEquals(64, r.lambda());
    r.decrease();
    assertEquals(8, r.lambda());
    r.decrease();
    assertEquals(0, r.lambda());
  }

  @Test
  void refusesBadConstants() {
    assertThrows(
        IllegalArgumentException.class, () -> new Regularization.Options(Form.STATE, 0, 0, 10, 2));
    assertThrows(
        IllegalArgumentException.class, () -> new Regularization.Options(Form.STATE, 11, 1, 10, 2));
    assertThrows(
        IllegalArgumentException.class, () -> new Regularization.Options(Form.STATE, 0, 1, 10, 1));
  }

  @Test
  void lineSearchAcceptsPositiveReductionsOnly() {
    LineSearch lineSearch = new LineSearch(List.of(1.0, 0.5), 0.1, 0.2, 2);
    assertTrue(lineSearch.accepts(0.2, 1));
    assertFalse(lineSearch.accepts(0.05, 1));
    assertFalse(lineSearch.accepts(-1, 1));
    assertFalse(lineSearch.accepts(1, -1));
    assertFalse(lineSearch.accepts(Double.NaN, 1));
    assertFalse(lineSearch.accepts(Double.NEGATIVE_INFINITY, 1));
  }

  @Test
  void lineSearchRefusesBadStepSizes() {
    assertThrows(IllegalArgumentException.class, () -> new LineSearch(List.of(), 0.1, 0.2, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new LineSearch(List.of(0.5, 1.0), 0.1, 0.2, 1));
    assertThrows(IllegalArgumentException.class, () -> new LineSearch(List.of(1.5), 0.1, 0.2, 1));
    assertThrows(IllegalArgumentException.class, () -> new LineSearch(List.of(1.0), 0, 2, 1));
    assertThrows(IllegalArgumentException.class, () -> new LineSearch(List.of(1.0), 1, 0.2, 1));
    assertThrows(IllegalArgumentException.class, () -> new LineSearch(List.of(1.0), 0.1, 0.2, 0));
  }
}
