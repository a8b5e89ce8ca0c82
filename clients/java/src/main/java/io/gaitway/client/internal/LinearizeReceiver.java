package io.gaitway.client.internal;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.TerminalKnot;
import java.util.Arrays;

/** Writes the chunks of one linearisation into an {@link Expansion} as they come. */
public final class LinearizeReceiver implements ChunkReceiver {
  private final Expansion expansion;
  private int knots;
  private boolean terminal;

  LinearizeReceiver(Expansion expansion) {
    this.expansion = expansion;
  }

  @Override
  public void accept(LinearizeResponse chunk) {
    int nx = expansion.nx;
    int nu = expansion.nu;
    int t = knots;
    int n = chunk.getStatusesCount();
    if (terminal) {
      throw Tensors.answer("more knots came after the terminal one");
    }
    requireNext(chunk, t, expansion.T);
    for (int i = 0; i < n; i++) {
      requireSound(chunk.getStatuses(i), t + i);
    }
    Tensors.read(chunk.getCosts(), "costs", expansion.l, t, n);
    Tensors.read(chunk.getFx(), "fx", expansion.fx, t * nx * nx, n, nx, nx);
    Tensors.read(chunk.getFu(), "fu", expansion.fu, t * nx * nu, n, nx, nu);
    Tensors.read(chunk.getLx(), "lx", expansion.lx, t * nx, n, nx);
    Tensors.read(chunk.getLu(), "lu", expansion.lu, t * nu, n, nu);
    Tensors.read(chunk.getLxx(), "lxx", expansion.lxx, t * nx * nx, n, nx, nx);
    Tensors.read(chunk.getLuu(), "luu", expansion.luu, t * nu * nu, n, nu, nu);
    if (chunk.hasLux()) {
      Tensors.read(chunk.getLux(), "lux", expansion.lux, t * nu * nx, n, nu, nx);
    } else {
      Arrays.fill(expansion.lux, t * nu * nx, (t + n) * nu * nx, 0);
    }
    knots += n;
    if (chunk.hasTerminal()) {
      accept(chunk.getTerminal());
    }
  }

  /** Checks that a chunk begins with the knot that is due and does not go beyond the last. */
  static void requireNext(LinearizeResponse chunk, int due, int total) {
    int first = chunk.getFirstKnot();
    int n = chunk.getStatusesCount();
    if (first != due || n > total - first) {
      throw Tensors.answer(
          "knots %d to %d came where %d of %d was next"
              .formatted(first, first + n - 1, due, total));
    }
  }

  private void accept(TerminalKnot knot) {
    int nx = expansion.nx;
    int T = expansion.T;
    requireSound(knot.getStatus(), T);
    expansion.l[T] = knot.getCost();
    Tensors.read(knot.getLx(), "terminal.lx", expansion.lx, T * nx, nx);
    Tensors.read(knot.getLxx(), "terminal.lxx", expansion.lxx, T * nx * nx, nx, nx);
    terminal = true;
  }

  @Override
  public void finish() {
    if (knots != expansion.T || !terminal) {
      throw Tensors.answer(
          "it ended after %d of %d knots%s"
              .formatted(knots, expansion.T, terminal ? "" : ", without the terminal knot"));
    }
  }

  private static void requireSound(KnotStatus status, int knot) {
    Knots.requireSound(status, knot, "so it has no derivative");
  }
}
