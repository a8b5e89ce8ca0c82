package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.pause.Pause;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Computations in turns. */
@Timeout(60)
class TurnsTest {
  private static final double LONG = 1e9;
  private static final double SHORT = 1e5;

  private final AtomicBoolean stop = new AtomicBoolean();
  private Turns turns = new Turns(1, 1000);

  @AfterEach
  void close() {
    stop.set(true);
    turns.close();
  }

  /** Computes until the test is over, with points. */
  private void compute() {
    Pause pause = Pause.ofThread();
    while (!stop.get()) {
      pause.point();
    }
  }

  private Turn add(String principal, int connection, double price, Runnable work) {
    Turn turn = turns.turn(Callers.of(principal, connection), price, 0, work);
    turns.add(turn);
    return turn;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aShortComputationDoesNotWaitForTheEndOfALongOne() {
    CountDownLatch begun = new CountDownLatch(1);
    add(
        "a",
        1,
        LONG,
        () -> {
          begun.countDown();
          compute();
        });
    await(begun);
    for (int i = 0; i < 5; i++) {
      CountDownLatch done = new CountDownLatch(1);
      add(i % 2 == 0 ? "a" : "b", 2, SHORT, done::countDown);
      await(done);
    }
  }

  @Test
  void aPrincipalWithManyConnectionsGetsNoMoreTurnsThanOneWithOne() {
    AtomicInteger many = new AtomicInteger();
    AtomicInteger one = new AtomicInteger();
    CountDownLatch enough = new CountDownLatch(20);
    for (int connection = 1; connection <= 9; connection++) {
      add("many", connection, LONG, () -> countSlices(many, enough));
    }
    add("one", 10, LONG, () -> countSlices(one, enough));
    await(enough);
    assertTrue(one.get() >= 5, one + " of 20 slices");
  }

  /** Counts a slice by the pauses that were long enough for another to compute. */
  private void countSlices(AtomicInteger count, CountDownLatch enough) {
    Pause pause = Pause.ofThread();
    while (!stop.get()) {
      long end = System.nanoTime() + 2 * Turns.SLICE_NANOS;
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      count.incrementAndGet();
      enough.countDown();
      pause.point();
    }
  }

  @Test
  void aCancelledComputationEndsWhetherItRunsOrWaits() {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(2);
    Runnable endless =
        () -> {
          begun.countDown();
          try {
            compute();
          } finally {
            ended.countDown();
          }
        };
    Turn first = add("a", 1, LONG, endless);
    Turn second = add("b", 2, LONG, endless);
    AtomicBoolean ran = new AtomicBoolean();
    await(begun);
    Turn never = add("a", 1, LONG, () -> ran.set(true));
    turns.cancel(never);
    turns.cancel(first);
    turns.cancel(second);
    CountDownLatch free = new CountDownLatch(1);
    add("c", 3, SHORT, free::countDown);
    await(free);
    // One that had not begun never does.
    assertTrue(ended.getCount() <= 1);
    assertEquals(false, ran.get());
    assertEquals(0, turns.waiting());
  }

  @Test
  void oneConnectionBeginsAsManyLongOnesAsThereArePlaces() {
    AtomicInteger begun = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      add(
          "a",
          1,
          LONG,
          () -> {
            begun.incrementAndGet();
            compute();
          });
    }
    CountDownLatch done = new CountDownLatch(1);
    add("a", 2, LONG, done::countDown);
    await(done);
    assertEquals(1, begun.get());
  }

  @Test
  void whoWaitsForAnotherGivesUpItsPlace() {
    CountDownLatch other = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    add(
        "a",
        1,
        LONG,
        () -> {
          Job.away(() -> await(other));
          done.countDown();
        });
    add("a", 1, SHORT, other::countDown);
    await(done);
  }

  @Test
  void answersWaitForRoomAndOthersDoNot() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch three = new CountDownLatch(3);
    turns.add(turns.turn(Callers.of("a", 1), SHORT, 100, () -> note(order, "first", three)));
    turns.add(turns.turn(Callers.of("a", 1), SHORT, 100, () -> note(order, "waits", three)));
    turns.add(turns.turn(Callers.of("a", 2), SHORT, 100, () -> note(order, "other", three)));
    while (order.size() < 2) {
      Thread.onSpinWait();
    }
    assertEquals(200, turns.bytes());
    turns.giveBackBytes(Callers.of("a", 1), 100);
    await(three);
    assertEquals(List.of("first", "other", "waits"), order);
  }

  private static void note(List<String> order, String name, CountDownLatch latch) {
    order.add(name);
    latch.countDown();
  }

  @Test
  void aDefectFreesThePlace() {
    add(
        "a",
        1,
        SHORT,
        () -> {
          throw new IllegalStateException("a defect of the test's");
        });
    CountDownLatch done = new CountDownLatch(1);
    add("a", 1, SHORT, done::countDown);
    await(done);
  }

  @Test
  void nothingBeginsAfterTheEnd() {
    turns.close();
    assertThrows(RejectedExecutionException.class, () -> add("a", 1, SHORT, () -> {}));
  }
}
