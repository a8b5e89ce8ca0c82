package io.gaitway.client.internal;

import io.gaitway.client.error.DivergedException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.proto.v1.KnotStatus;

/** What the status of a knot means to a caller. */
final class Knots {
  private Knots() {}

  /** Whether a knot has no values because its step diverges. */
  static boolean diverged(KnotStatus status) {
    return status != KnotStatus.KNOT_STATUS_OK && status != KnotStatus.KNOT_STATUS_CLIPPED;
  }

  /**
   * Checks that a knot has values.
   *
   * @param consequence what follows if it has not, such as {@code so it has no derivative}
   * @throws DivergedException if its step diverges
   * @throws GaitwayException if the status has no meaning
   */
  static void requireSound(KnotStatus status, int knot, String consequence) {
    switch (status) {
      case KNOT_STATUS_OK, KNOT_STATUS_CLIPPED -> {}
      case KNOT_STATUS_DIVERGED, KNOT_STATUS_NON_FINITE_INPUT ->
          throw new DivergedException(
              knot,
              "the control step at knot %d diverges, %s: its state or action is outside what the"
                      .formatted(knot, consequence)
                  + " model can simulate");
      case KNOT_STATUS_UNSPECIFIED, UNRECOGNIZED ->
          throw Tensors.answer("knot %d has an unknown status".formatted(knot));
    }
  }
}
