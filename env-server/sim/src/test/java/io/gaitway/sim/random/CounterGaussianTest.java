package io.gaitway.sim.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Holds the noise against NumPy's Philox and Python's normal quantile; see golden_philox.py. */
class CounterGaussianTest {
  private static final JsonNode GOLDEN = golden();

  private static JsonNode golden() {
    try (InputStream in =
        Objects.requireNonNull(
            CounterGaussianTest.class.getResourceAsStream("/golden/philox.json"))) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void wordsAreNumPys() {
    assertTrue(GOLDEN.get("cases").size() >= 200);
    long[] words = new long[4];
    for (JsonNode golden : GOLDEN.get("cases")) {
      JsonNode expected = golden.get("words");
      for (int j = 0; j < expected.size(); j++) {
        Philox.block(
            unsigned(golden, "seed"),
            unsigned(golden, "episode"),
            1 + j / 4,
            unsigned(golden, "step"),
            0,
            0,
            words);
        assertEquals(
            Long.parseUnsignedLong(expected.get(j).asText()), words[j % 4], golden.toString());
      }
    }
  }

  @Test
  void normalsArePythons() {
    CounterGaussian gaussian = new CounterGaussian();
    for (JsonNode golden : GOLDEN.get("cases")) {
      gaussian.start(
          unsigned(golden, "seed"), unsigned(golden, "episode"), unsigned(golden, "step"));
      for (JsonNode normal : golden.get("normals")) {
        assertEquals(normal.asDouble(), gaussian.next(), 4e-15, golden.toString());
      }
    }
  }

  @Test
  void quantilesReachIntoTheTails() {
    for (JsonNode row : GOLDEN.get("quantiles")) {
      double x = row.get("x").asDouble();
      assertEquals(x, NormalQuantile.of(row.get("p").asDouble()), 1e-15 * Math.max(1, Math.abs(x)));
    }
  }

  @Test
  void aStepStartsAfreshWhateverWasDrawnBefore() {
    CounterGaussian one = new CounterGaussian();
    CounterGaussian other = new CounterGaussian();
    one.start(3, 4, 5);
    other.start(3, 4, 4);
    for (int i = 0; i < 7; i++) {
      assertNotEquals(one.next(), other.next());
    }
    one.start(3, 4, 6);
    other.start(3, 4, 6);
    for (int i = 0; i < 9; i++) {
      assertEquals(one.next(), other.next());
    }
  }

  @Test
  void momentsAreThoseOfTheStandardNormal() {
    CounterGaussian gaussian = new CounterGaussian();
    int n = 200_000;
    double[] moments = new double[5];
    for (int i = 0; i < n; i++) {
      gaussian.start(1, i / 1000, i % 1000);
      double z = gaussian.next();
      double power = 1;
      for (int m = 1; m <= 4; m++) {
        power *= z;
        moments[m] += power / n;
      }
    }
    // Five standard errors of each moment's estimate.
    assertEquals(0, moments[1], 5 * Math.sqrt(1.0 / n));
    assertEquals(1, moments[2], 5 * Math.sqrt(2.0 / n));
    assertEquals(0, moments[3], 5 * Math.sqrt(15.0 / n));
    assertEquals(3, moments[4], 5 * Math.sqrt(96.0 / n));
  }

  private static long unsigned(JsonNode golden, String field) {
    return Long.parseUnsignedLong(golden.get(field).asText());
  }
}
