package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.server.FakeCall;
import io.gaitway.server.Faults;
import io.gaitway.server.call.EndingTest;
import io.gaitway.server.call.TestWorkers;
import io.gaitway.server.call.Workers;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers in chunks, and calls that end although something throws. */
class ChunkStreamTest {
  @ParameterizedTest
  @MethodSource("io.gaitway.server.call.EndingTest#failures")
  void aChunkThatCannotBeSentEndsTheCall(Throwable failure) {
    FakeCall<String> call = new FakeCall<>(failure);
    AtomicInteger computed = new AtomicInteger();
    try (Workers workers = TestWorkers.of(2)) {
      new ChunkStream<>(call, workers.job(), 2)
          .start(
              new ChunkStream.Source<>(
                  100,
                  chunk -> {
                    computed.incrementAndGet();
                    return List.of("message");
                  },
                  1,
                  1));
      while (call.ends.isEmpty()) {
        Thread.onSpinWait();
      }
    }
    EndingTest.assertFailedOnce(call);
    assertTrue(computed.get() < 100, "computing goes on for nobody");
  }

  @Test
  void workersThatAreClosedEndTheCall() {
    FakeCall<String> call = new FakeCall<>(new IllegalStateException("unused"));
    Workers workers = TestWorkers.of(2);
    workers.close();
    new ChunkStream<>(call, workers.job(), 2)
        .start(new ChunkStream.Source<>(3, chunk -> List.of("message"), 1, 1));
    assertEquals(1, call.ends.size());
    assertEquals("DRAINING", Faults.info((StatusRuntimeException) call.ends.get(0)).getReason());
  }
}
