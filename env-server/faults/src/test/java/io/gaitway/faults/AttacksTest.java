package io.gaitway.faults;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The attacks that once stopped a server for 5 to 78 s, short, and with limits that a busy machine
 * keeps too; env-server/faults/attacks has all of them, with the limits that count.
 */
@Tag("all")
@Timeout(120)
class AttacksTest {
  private static final double PATIENCE = 20;

  @ParameterizedTest
  @EnumSource(names = {"LONG_CONTROL_STEPS", "LONG_ROLLOUT", "UNREAD_ANSWERS"})
  void othersAreServed(Attack attack) throws Exception {
    try (Attacks attacks = new Attacks()) {
      Bystander student = attacks.student();
      student.warmUp(500);
      attacks.begin(attack);
      Bystander.Seen seen = student.watch(Duration.ofSeconds(4));
      assertTrue(seen.isUndisturbed(PATIENCE), seen::toString);
    }
  }
}
