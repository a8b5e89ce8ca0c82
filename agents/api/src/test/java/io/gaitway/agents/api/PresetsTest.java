package io.gaitway.agents.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.policy.Architecture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Agents whose files or jars have a slip are refused in words for those who wrote them. */
class PresetsTest {
  private record Nothing() {}

  /** Has a number as a text in its {@code best.presets.json}. */
  private static final class Slip implements Agent<Nothing> {
    @Override
    public String name() {
      return "slip";
    }

    @Override
    public String summary() {
      return "Slips.";
    }

    @Override
    public Class<Nothing> settingsType() {
      return Nothing.class;
    }

    @Override
    public Nothing preset(String preset, String environment) {
      return new Nothing();
    }

    @Override
    public Learner learner(Task<Nothing> task) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aFileOfBestPresetsIsRefusedByItsNameAndField() {
    Slip slip = new Slip();
    String refusal =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> slip.bestPreset("walker", Architecture.of(5)))
                .getMessage());
    assertTrue(
        refusal.endsWith(
            "/slip/best.presets.json: entry 0: field 'most_hidden' must be a whole number below"
                + " 2^31, but is \"5\""),
        refusal);
  }

  @Test
  void agentsOfOneNameAreToldByWhereTheyComeFrom() {
    String refusal =
        String.valueOf(
            assertThrows(
                    IllegalStateException.class, () -> new Agents(List.of(new Slip(), new Slip())))
                .getMessage());
    String place = Slip.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertEquals(
        "two agents are called 'slip': one from %1$s, one from %1$s".formatted(place), refusal);
  }
}
