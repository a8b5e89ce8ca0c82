package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The time for an answer: when it begins, and what counts as its end. */
class ActionDeadlineTest {
  private static final Duration TIME = Duration.ofMillis(20);

  private final List<Alarm> alarms = new ArrayList<>();
  private final List<Runnable> unread = new ArrayList<>();
  private int missed;

  private record Alarm(Duration delay, Runnable action) {}

  private final DeadlineTimer timer =
      new DeadlineTimer() {
        @Override
        public Runnable schedule(Duration delay, Runnable action) {
          Alarm alarm = new Alarm(delay, action);
          alarms.add(alarm);
          return () -> alarms.remove(alarm);
        }

        @Override
        public void close() {}
      };

  private final ActionDeadline deadline =
      new ActionDeadline(timer, unread::add, TIME, () -> missed++);

  private Alarm onlyAlarm() {
    assertEquals(1, alarms.size());
    return alarms.get(0);
  }

  private void pass() {
    Alarm alarm = onlyAlarm();
    alarms.clear();
    alarm.action().run();
  }

  @Test
  void silenceIsMissedOnce() {
    deadline.start();
    deadline.start();
    assertEquals(TIME, onlyAlarm().delay());
    pass();
    assertEquals(0, missed);
    unread.get(0).run();
    unread.get(0).run();
    assertEquals(1, missed);
    assertFalse(deadline.decide());
  }

  @Test
  void anAnswerTakesTheAlarmBack() {
    deadline.start();
    assertTrue(deadline.decide());
    assertEquals(List.of(), alarms);
    assertFalse(deadline.decide());
  }

  @Test
  void anAnswerThatLayUnreadIsInTime() {
    deadline.start();
    pass();
    assertTrue(deadline.decide());
    unread.get(0).run();
    assertEquals(0, missed);
  }

  @Test
  void itBeginsWhenTheTransportHasTheStates() {
    deadline.await();
    assertEquals(ActionDeadline.HAND_OVER, onlyAlarm().delay());
    deadline.start();
    assertEquals(TIME, onlyAlarm().delay());
    deadline.await();
    assertEquals(TIME, onlyAlarm().delay());
  }

  @Test
  void whoTakesNothingIsLateAllTheSame() {
    deadline.await();
    pass();
    assertEquals(TIME, onlyAlarm().delay());
    pass();
    unread.get(0).run();
    assertEquals(1, missed);
  }
}
