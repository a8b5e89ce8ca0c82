package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.agents.api.Json;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GaitTest {
  private static final Gait SHIPPED = Objects.requireNonNull(Gaits.find("walker"));

  @Test
  void theVectorHoldsEveryNumberOnce() {
    double[] v = new double[Gait.SIZE];
    for (int i = 0; i < Gait.SIZE; i++) {
      v[i] = 0.1 * (i + 1);
    }
    Gait gait = Gait.fromVector(v);
    assertEquals(0.1, gait.swing().swingHip());
    assertEquals(0.7, gait.swing().speedGain(), 1e-15);
    assertEquals(0.8, gait.landing().swingHip());
    assertEquals(1.6, gait.torsoLean());
    assertEquals(Math.exp(2.4), gait.torso().kd(), 1e-14);
    assertArrayEquals(v, gait.toVector(), 1e-14);
  }

  @Test
  void theShippedGaitComesBackFromItsVector() {
    Gait back = Gait.fromVector(SHIPPED.toVector());
    assertEquals(SHIPPED.swing(), back.swing());
    assertEquals(SHIPPED.torso().kp(), back.torso().kp(), 1e-11);
    assertArrayEquals(SHIPPED.toVector(), back.toVector(), 1e-14);
  }

  @Test
  void jsonKeepsEveryBit() throws IOException {
    assertEquals(SHIPPED, Json.MAPPER.readValue(Json.pretty(SHIPPED), Gait.class));
    Gait odd = Gait.fromVector(new double[Gait.SIZE]);
    assertEquals(odd, Json.MAPPER.readValue(Json.line(odd), Gait.class));
  }

  @Test
  void refusesNumbersThatNoControllerCanUse() {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> new Gait.Gains(100, 0));
    assertEquals("kd must be finite and more than 0, but is 0.0", fault.getMessage());
    assertThrows(
        IllegalArgumentException.class, () -> new Gait.Phase(0, 0, 0, 0, 0, Double.NaN, 0));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Gait(
                SHIPPED.swing(),
                SHIPPED.landing(),
                Double.POSITIVE_INFINITY,
                0,
                SHIPPED.hip(),
                SHIPPED.knee(),
                SHIPPED.ankle(),
                SHIPPED.torso()));
  }
}
