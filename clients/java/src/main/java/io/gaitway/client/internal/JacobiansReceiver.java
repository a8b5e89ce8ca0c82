package io.gaitway.client.internal;

import io.gaitway.client.simulation.Jacobians;
import io.gaitway.proto.v1.LinearizeResponse;

/** Writes the chunks of a linearisation of the dynamics alone into {@link Jacobians}. */
final class JacobiansReceiver implements ChunkReceiver {
  private final Jacobians jacobians;
  private int knots;

  JacobiansReceiver(Jacobians jacobians) {
    this.jacobians = jacobians;
  }

  @Override
  public void accept(LinearizeResponse chunk) {
    int nx = jacobians.nx;
    int nu = jacobians.nu;
    int n = chunk.getStatusesCount();
    LinearizeReceiver.requireNext(chunk, knots, jacobians.n);
    for (int i = 0; i < n; i++) {
      jacobians.diverged[knots + i] = Knots.diverged(chunk.getStatuses(i));
    }
    Tensors.read(chunk.getFx(), "fx", jacobians.fx, knots * nx * nx, n, nx, nx);
    Tensors.read(chunk.getFu(), "fu", jacobians.fu, knots * nx * nu, n, nx, nu);
    knots += n;
  }

  @Override
  public void finish() {
    requireAll(knots, jacobians.n);
  }

  /** Checks that no knot is missing. */
  static void requireAll(int knots, int total) {
    if (knots != total) {
      throw Tensors.answer("it ended after %d of %d knots".formatted(knots, total));
    }
  }
}
