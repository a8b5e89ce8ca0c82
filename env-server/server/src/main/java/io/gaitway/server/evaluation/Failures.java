package io.gaitway.server.evaluation;

import java.util.concurrent.CompletionException;

/** What went wrong in work that another thread did. */
final class Failures {
  private Failures() {}

  /** What was thrown, without the wrapping that a future adds. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
