package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work that several threads share. */
@Timeout(60)
class WorkersTest {
  private static final int PARTS = 100;

  @Test
  void everyPartIsDoneOnce() {
    try (Workers workers = TestWorkers.of(3)) {
      for (int round = 0; round < 200; round++) {
        AtomicIntegerArray done = new AtomicIntegerArray(PARTS);
        workers.share(PARTS, done::incrementAndGet, Runnable::run);
        for (int i = 0; i < PARTS; i++) {
          assertEquals(1, done.get(i));
        }
      }
    }
  }

  @Test
  void idleThreadsHelpAndTheirHelpIsSeen() {
    try (Workers workers = TestWorkers.of(2)) {
      CyclicBarrier allThree = new CyclicBarrier(3);
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      AtomicInteger helped = new AtomicInteger();
      workers.share(
          3,
          part -> {
            meet(allThree);
            threads.add(Thread.currentThread());
          },
          help -> {
            helped.incrementAndGet();
            help.run();
          });
      assertEquals(3, threads.size());
      assertTrue(threads.contains(Thread.currentThread()));
      assertEquals(2, helped.get());
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void busyThreadsAreNotWaitedFor() {
    CountDownLatch end = new CountDownLatch(1);
    try (Workers workers = TestWorkers.of(1)) {
      workers
          .job()
          .later(
              1,
              0,
              () -> {
                try {
                  end.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      List<Integer> done = Collections.synchronizedList(new ArrayList<>());
      workers.share(3, done::add, Runnable::run);
      assertEquals(List.of(0, 1, 2), done);
    } finally {
      end.countDown();
    }
  }

  @Test
  void whatAPartThrowsComesOutOnceAllHaveEnded() {
    IllegalStateException thrown = new IllegalStateException("part 1");
    AtomicInteger others = new AtomicInteger();
    try (Workers workers = TestWorkers.of(2)) {
      assertSame(
          thrown,
          assertThrows(
              IllegalStateException.class,
              () ->
                  workers.share(
                      PARTS,
                      part -> {
                        if (part == 1) {
                          throw thrown;
                        }
                        others.incrementAndGet();
                      },
                      Runnable::run)));
      assertEquals(PARTS - 1, others.get());
    }
  }

  @Test
  void withoutAPoolTheCallerDoesItAll() {
    Workers workers = TestWorkers.of(2);
    workers.close();
    AtomicInteger done = new AtomicInteger();
    workers.share(PARTS, part -> done.incrementAndGet(), Runnable::run);
    assertEquals(PARTS, done.get());
  }
}
