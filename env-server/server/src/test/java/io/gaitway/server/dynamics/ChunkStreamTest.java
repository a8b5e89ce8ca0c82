package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.server.FakeCall;
import io.gaitway.server.call.EndingTest;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers in chunks, and calls that end although something throws. */
class ChunkStreamTest {
  @ParameterizedTest
  @MethodSource("io.gaitway.server.call.EndingTest#failures")
  void aChunkThatCannotBeSentEndsTheCall(Throwable failure) throws Exception {
    FakeCall<String> call = new FakeCall<>(failure);
    ExecutorService executor = Executors.newFixedThreadPool(2);
    AtomicInteger computed = new AtomicInteger();
    new ChunkStream<>(
            call,
            100,
            chunk -> {
              computed.incrementAndGet();
              return List.of("message");
            },
            executor,
            2)
        .start();
    // Chunks start others, so the pool may only be shut when the call has ended.
    while (call.ends.isEmpty()) {
      Thread.onSpinWait();
    }
    executor.shutdown();
    assertTrue(executor.awaitTermination(10, TimeUnit.SECONDS));
    EndingTest.assertFailedOnce(call);
    assertTrue(computed.get() < 100, "computing goes on for nobody");
  }

  @Test
  void anExecutorThatFailsEndsTheCall() {
    FakeCall<String> call = new FakeCall<>(new IllegalStateException("unused"));
    new ChunkStream<>(
            call,
            3,
            chunk -> List.of("message"),
            task -> {
              throw new OutOfMemoryError("unable to create native thread");
            },
            2)
        .start();
    EndingTest.assertFailedOnce(call);
    assertEquals(1, call.ends.size());
  }
}
