package io.gaitway.server.session;

import io.gaitway.proto.v1.ResetResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** The answers to a session's last commands, for a client that asks for them again. */
final class AnswerWindow {
  private final int capacity;
  private final Deque<Kept> kept = new ArrayDeque<>();

  /** An answer and the command that it answers. */
  sealed interface Kept permits StepAnswer, ResetAnswer {
    /** What the command had as expected_step or expected_reset, or could have had. */
    long number();

    /**
     * A hash of what the command asked for: another command with this number has another answer.
     */
    int request();
  }

  /** The answer to a reset. */
  record ResetAnswer(long number, int request, ResetResponse message) implements Kept {}

  AnswerWindow(int capacity) {
    this.capacity = capacity;
  }

  /** Number of answers kept at most. */
  int capacity() {
    return capacity;
  }

  /** Keeps an answer; the oldest goes when there are too many. */
  void add(Kept answer) {
    if (kept.size() == capacity) {
      kept.removeFirst();
    }
    kept.addLast(answer);
  }

  /**
   * The answer that a command of this kind and number had, if it is kept and was the same command.
   */
  <K extends Kept> @Nullable K find(Class<K> kind, long number, int request) {
    for (Iterator<Kept> answers = kept.descendingIterator(); answers.hasNext(); ) {
      Kept answer = answers.next();
      if (kind.isInstance(answer) && answer.number() == number) {
        return answer.request() == request ? kind.cast(answer) : null;
      }
    }
    return null;
  }

  /** From the oldest to the newest. */
  Iterable<Kept> all() {
    return kept;
  }
}
