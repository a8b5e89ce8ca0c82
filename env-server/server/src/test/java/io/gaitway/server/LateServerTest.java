package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.proto.v1.RoundStates;
import io.gaitway.server.EvaluationRig.ManualTimer;
import io.gaitway.server.EvaluationRig.TestController;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that is late by itself, which costs no controller its round. */
@Timeout(60)
class LateServerTest {
  private final ExecutorService threads = Executors.newSingleThreadExecutor();
  private final CountDownLatch free = new CountDownLatch(1);

  @AfterEach
  void release() {
    free.countDown();
    threads.shutdownNow();
  }

  private void await() {
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Keeps every thread of the transports from reading. */
  private void blockTransport() throws InterruptedException {
    List<EventExecutor> loops = new ArrayList<>();
    EventLoops.SERVING.forEach(loops::add);
    CountDownLatch blocked = new CountDownLatch(loops.size());
    for (EventExecutor loop : loops) {
      loop.execute(
          () -> {
            blocked.countDown();
            await();
          });
    }
    blocked.await();
  }

  private static void requireFaultless(EvaluationRig rig, String id, TestController controller) {
    assertEquals(EPISODES, controller.results.size());
    controller.results.values().forEach(each -> controller.assertIsRollout(Map.of(), each));
    assertEquals(0, rig.get(id).getEvaluation().getScore().getControllerFaults());
    assertEquals(1, rig.get(id).getEvaluation().getAttachments());
  }

  @Test
  void anAnswerThatWaitsForAThreadIsInTime() throws Exception {
    try (EvaluationRig rig = EvaluationRig.overTcp(threads)) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.answer(controller.round());
      RoundStates asked = controller.round();
      ManualTimer.Alarm alarm = rig.timer.take();
      threads.execute(this::await);
      controller.answer(asked);
      // A call on the same connection comes back when the answer has been read.
      rig.health();
      alarm.action().run();
      free.countDown();
      controller.finish();
      requireFaultless(rig, id, controller);
    }
  }

  @Test
  void anAnswerThatTheTransportHasNotReadIsInTime() throws Exception {
    try (EvaluationRig rig = EvaluationRig.overTcp(threads)) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.answer(controller.round());
      RoundStates asked = controller.round();
      ManualTimer.Alarm alarm = rig.timer.take();
      blockTransport();
      controller.answer(asked);
      // Until the client has written it, the server has nothing to read.
      Thread.sleep(500);
      alarm.action().run();
      free.countDown();
      controller.finish();
      requireFaultless(rig, id, controller);
    }
  }

  @Test
  void silenceIsBlamedThoughTheServerIsLate() throws Exception {
    try (EvaluationRig rig = EvaluationRig.overTcp(threads)) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.answer(controller.round());
      RoundStates asked = controller.round();
      ManualTimer.Alarm alarm = rig.timer.take();
      threads.execute(this::await);
      alarm.action().run();
      CountDownLatch caughtUp = new CountDownLatch(1);
      EventLoops.whenCaughtUp(caughtUp::countDown);
      caughtUp.await();
      controller.answer(asked);
      rig.health();
      free.countDown();
      assertEquals("CONTROLLER_FAULT", Faults.info(controller.fault()).getReason());
      assertEquals(2, rig.get(id).getEvaluation().getScore().getControllerFaults());
    }
  }
}
