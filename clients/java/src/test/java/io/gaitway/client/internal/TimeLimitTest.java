package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.agent.AgentClient;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.fixture.FakeSessions;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Times too long to count, and times that are refused, wherever a caller may set one. */
@Timeout(60)
class TimeLimitTest {
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  static Stream<Duration> endless() {
    return Stream.of(
        FOREVER,
        Duration.ofNanos(Long.MAX_VALUE),
        Duration.ofNanos(Long.MAX_VALUE).plusNanos(1),
        Duration.ofDays(400 * 365));
  }

  @ParameterizedTest
  @MethodSource("endless")
  void whatTheClockCannotCountIsNoLimit(Duration duration) {
    TimeLimit limit = TimeLimit.of("deadline", duration);
    assertTrue(limit.isNone());
    assertTrue(limit.plusMillis(1).isNone());
    assertTrue(limit.plusMillis(Long.MAX_VALUE).isNone());
  }

  @Test
  void sumsDoNotOverflow() {
    TimeLimit second = TimeLimit.of("deadline", Duration.ofSeconds(1));
    assertEquals(Duration.ofMillis(1250).toNanos(), second.plusMillis(250).nanos());
    assertTrue(second.plusMillis(Long.MAX_VALUE).isNone());
    assertTrue(second.plusMillis((long) Integer.MAX_VALUE * Integer.MAX_VALUE).isNone());
    TimeLimit long_ = TimeLimit.of("deadline", Duration.ofNanos(Long.MAX_VALUE - 1));
    assertTrue(long_.plusMillis(1).isNone());
    assertEquals(1, TimeLimit.of("deadline", Duration.ofNanos(1)).nanos());
  }

  @Test
  void aPersonCanReadIt() {
    assertEquals("250 ms", TimeLimit.of("t", Duration.ofMillis(250)).toString());
    assertEquals("12 s", TimeLimit.of("t", Duration.ofSeconds(12)).toString());
    assertEquals("12.4 s", TimeLimit.of("t", Duration.ofMillis(12_400)).toString());
    assertEquals("no limit", TimeLimit.NONE.toString());
  }

  @ParameterizedTest
  @MethodSource("endless")
  void callsMayTakeForever(Duration duration) {
    FakeSessions fake = new FakeSessions();
    try (FakeServer server = FakeServer.inProcess(fake);
        GaitwayClient client = server.client().deadline(duration).build()) {
      SessionOptions options = SessionOptions.defaults().withLease(duration);
      try (Session session = client.session("fake", Map.of(), options)) {
        session.renew(duration);
        session.reset(Reset.seeds(1));
        session.step(new double[] {1, 0});
        try (StepStream stream = session.stream()) {
          assertEquals(2, stream.step(new double[] {1, 0}).step());
        }
      }
    }
    try (AgentClient agent = AgentClient.connect("gaitway-agent|1|tcp|127.0.0.1:1", duration)) {
      // Nobody is there, which is told at once.
      assertThrows(RuntimeException.class, () -> agent.describe(""));
      assertThrows(RuntimeException.class, () -> agent.describe("", duration));
    }
    assertEquals(duration, new EvaluationOptions("s", "c", "", duration, 0).actionDeadline());
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        setting("deadline", duration -> GaitwayClient.builder().deadline(duration)),
        setting("lease", duration -> SessionOptions.defaults().withLease(duration)),
        setting(
            "lease",
            duration -> {
              try (FakeServer server = FakeServer.inProcess(new FakeSessions());
                  GaitwayClient client = server.client().build();
                  Session session = client.session("fake", Map.of(), SessionOptions.defaults())) {
                session.renew(duration);
              }
            }),
        setting("actionDeadline", duration -> new EvaluationOptions("s", "c", "", duration, 0)),
        setting(
            "patience",
            duration -> AgentClient.connect("gaitway-agent|1|tcp|127.0.0.1:1", duration)),
        setting(
            "time",
            duration -> {
              try (AgentClient agent =
                  AgentClient.connect("gaitway-agent|1|tcp|127.0.0.1:1", FOREVER)) {
                agent.describe("", duration);
              }
            }));
  }

  private static Arguments setting(String name, Consumer<Duration> setting) {
    return Arguments.of(name, setting);
  }

  @ParameterizedTest
  @MethodSource("settings")
  void noTimeAndLessAreRefusedByName(String name, Consumer<Duration> setting) {
    for (Duration duration :
        new Duration[] {Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE)}) {
      IllegalArgumentException fault =
          assertThrows(IllegalArgumentException.class, () -> setting.accept(duration));
      String message = String.valueOf(fault.getMessage());
      assertTrue(message.startsWith(name + " must be longer than 0 s, but is "), message);
    }
  }
}
