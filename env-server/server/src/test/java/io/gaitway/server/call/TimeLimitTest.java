package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Times that may be without limit. */
class TimeLimitTest {
  @Test
  void secondsMayHaveFractionsAndNoLimit() {
    assertEquals(Duration.ofSeconds(300), TimeLimit.seconds("300"));
    assertEquals(Duration.ofMillis(1500), TimeLimit.seconds(" 1.5 "));
    assertEquals(Duration.ofNanos(1), TimeLimit.seconds("1e-300"));
    for (String none : List.of("inf", "Infinity", "1e300", "1e999999", "9223372036854775808")) {
      assertEquals(TimeLimit.NONE, TimeLimit.seconds(none));
    }
  }

  @Test
  void whatIsNoTimeIsRefused() {
    for (String text : List.of("0", "0.0", "-1", "-inf", "nan", "", "10s")) {
      assertEquals(
          "must be a number of seconds greater than 0, or inf for no limit, but is " + text,
          assertThrows(IllegalArgumentException.class, () -> TimeLimit.seconds(text)).getMessage());
    }
  }

  @Test
  void optionsTakeTimesBeyondTheClock() {
    ServerOptions defaults = ServerOptions.defaults();
    ServerOptions endless =
        new ServerOptions(
            1,
            1,
            1,
            1,
            1,
            1,
            1,
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MAX_VALUE),
            1,
            defaults.evaluations(),
            defaults.sessions());
    assertEquals(TimeLimit.NONE, endless.defaultLease());
    assertEquals(TimeLimit.NONE, endless.evaluationIdle());
    assertEquals(Duration.ofMinutes(5), defaults.defaultLease());
  }
}
