package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.session.AnswerWindow.Kept;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerWindowTest {
  private static StepResponse step(long number, int bytes) {
    return StepResponse.newBuilder()
        .setStep(number + 1)
        .setStates(Tensor.newBuilder().setData(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  @ParameterizedTest
  @CsvSource({"4, 100000", "50, 3000", "512, 1500", "7, 333"})
  void keepsTheLastOnesThatFit(int capacity, int bytes) {
    SplittableRandom random = new SplittableRandom(capacity);
    AnswerWindow window = new AnswerWindow(capacity, bytes);
    Deque<Kept> expected = new ArrayDeque<>();
    for (int i = 0; i < 2000; i++) {
      StepResponse message = step(i, random.nextInt(200));
      Kept answer = new Kept(true, i, 3 * i, message.toByteArray());
      if (random.nextBoolean()) {
        window.add(answer);
      } else {
        window.add(true, i, 3 * i, message);
      }
      expected.add(answer);
      while (expected.size() > capacity || expected.stream().mapToInt(Kept::size).sum() > bytes) {
        expected.removeFirst();
      }
      List<Kept> found = window.all();
      assertEquals(expected.size(), found.size());
      Iterator<Kept> each = expected.iterator();
      for (Kept kept : found) {
        Kept wanted = each.next();
        assertEquals(wanted.number(), kept.number());
        assertEquals(wanted.request(), kept.request());
        assertArrayEquals(wanted.message(), kept.message());
      }
    }
  }

  @Test
  void findsWhatWasAskedAgain() {
    AnswerWindow window = new AnswerWindow(3, 1000);
    ResetResponse reset = ResetResponse.newBuilder().addSeeds(5).build();
    window.add(false, 0, 11, reset);
    window.add(true, 0, 12, step(0, 8));
    assertEquals(reset, window.reset(0, 11));
    assertEquals(step(0, 8), window.step(0, 12));
    assertNull(window.step(0, 11), "another step of this number");
    assertNull(window.step(1, 12));
    window.add(true, 1, 13, step(1, 8));
    window.add(true, 2, 14, step(2, 8));
    assertNull(window.reset(0, 11), "three are kept");
    assertEquals(step(2, 8), window.step(2, 14));
  }

  /** A session whose state was set back counts on from there. */
  @Test
  void theLastOfOneNumberCounts() {
    AnswerWindow window = new AnswerWindow(3, 1000);
    window.add(true, 0, 1, step(0, 1));
    window.add(true, 0, 1, step(0, 2));
    assertEquals(step(0, 2), window.step(0, 1));
  }
}
