package io.gaitway.client.error;

/**
 * A step that may have been carried out or not: it was sent, and its answer did not come, because
 * it took too long or the connection broke. {@code Session.step()} asks the server how many steps
 * the session has carried out; the session asks by itself before its next step, so that none is
 * carried out twice. Its cause is the fault of the call, of a type of its own.
 */
public final class StepUncertainException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  private final long stepsBefore;

  /**
   * Describes the fault.
   *
   * @param cause the fault of the call
   * @param stepsBefore as {@link #stepsBefore()}
   */
  public StepUncertainException(GaitwayException cause, long stepsBefore) {
    super(
        cause.code(),
        cause.reason(),
        "the step may have been carried out, or not: %s; the session's step number tells"
            .formatted(cause.getMessage()),
        cause.metadata(),
        cause);
    this.stepsBefore = stepsBefore;
  }

  /**
   * Number of steps that the session is known to have carried out. If {@code Session.step()} says
   * the same, the step was not carried out; if it says more, it was. A stream may have had several
   * steps on their way.
   */
  public long stepsBefore() {
    return stepsBefore;
  }
}
