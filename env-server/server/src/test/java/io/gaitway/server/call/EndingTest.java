package io.gaitway.server.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.server.FakeCall;
import io.gaitway.server.Faults;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls end, whatever throws on the way. */
public class EndingTest {
  /** What sending may throw. */
  static List<Throwable> failures() {
    return List.of(new IllegalStateException("no answer leaves"), new StackOverflowError("deep"));
  }

  /** Requires that the call ended once, as on a defect of the server. */
  public static void assertFailedOnce(FakeCall<?> call) {
    assertEquals(1, call.ends.size());
    assertEquals("INTERNAL", Faults.info((StatusRuntimeException) call.ends.get(0)).getReason());
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aUnaryAnswerThatCannotBeSentEndsItsCall(Throwable failure) {
    FakeCall<String> call = new FakeCall<>(failure);
    Unary.answerOn(Runnable::run, call, () -> "answer");
    assertFailedOnce(call);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anAnswerOfAStreamThatCannotBeSentEndsItsCall(Throwable failure) {
    FakeCall<String> call = new FakeCall<>(failure);
    List<String> ended = new ArrayList<>();
    Workers workers = TestWorkers.of(1);
    AnswerStream<String, String> stream =
        new AnswerStream<>(new Admission(), workers.job(), call) {
          @Override
          protected void begin(String request) {
            answer(() -> request);
          }

          @Override
          protected void ended() {
            ended.add("ended");
          }
        };
    stream.open();
    stream.onNext("request");
    stream.onNext("one more");
    workers.close();
    assertFailedOnce(call);
    assertEquals(List.of("ended"), ended);
  }

  @Test
  void aListenerThatThrowsKeepsNoOtherFromBeingTold() {
    Admission admission = new Admission();
    List<String> told = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      admission.onDrain(
          () -> {
            told.add("told");
            throw new IllegalStateException("a defect of the test's");
          });
    }
    admission.drain();
    assertEquals(3, told.size());
    assertTrue(admission.isDraining());
  }

  @Test
  void endingAClosedCallDoesNotThrow() {
    FakeCall<String> closed =
        new FakeCall<>(new IllegalStateException("unused")) {
          @Override
          public void onError(Throwable thrown) {
            throw new IllegalStateException("call already closed");
          }

          @Override
          public void onCompleted() {
            throw new IllegalStateException("call already closed");
          }
        };
    Ending.fail(closed, new IllegalArgumentException("late"));
    Ending.complete(closed);
    assertEquals(List.of(), closed.ends);
  }
}
