package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.TerminalKnot;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.Finite;
import io.gaitway.server.wire.TensorBuffer;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Linearization;
import java.util.List;
import java.util.function.BooleanSupplier;

/** One Linearize request, read and checked: computes its chunks in any order. */
final class Linearizations {
  /** Bytes that a chunk is made to have at most, unless the request says otherwise. */
  private static final int CHUNK_BYTES = 512 << 10;

  private final Model model;
  private final int nx;
  private final int nu;
  private final int T;
  private final double[] xs;
  private final double[] us;
  private final boolean terminal;
  private final CostHessian hessian;
  private final int chunkKnots;
  private final Account account;
  private final BooleanSupplier cancelled;

  /**
   * Reads a request.
   *
   * @param account what the work is counted for
   * @param cancelled whether nobody waits for the answer any more
   */
  Linearizations(
      Model model,
      LinearizeRequest request,
      ServerOptions options,
      Account account,
      BooleanSupplier cancelled) {
    this.model = model;
    this.account = account;
    this.cancelled = cancelled;
    nx = model.nx;
    nu = model.nu;
    if (request.getAllowNonFinite()) {
      us = Codec.rawDoubles("actions", request.getActions(), Codec.ANY, nu);
    } else {
      us = Codec.doubles("actions", request.getActions(), Codec.ANY, nu);
    }
    T = Math.toIntExact(request.getActions().getShape(0));
    if (T > options.maxStepsPerRequest()) {
      throw Errors.workLimit("actions", T, options.maxStepsPerRequest());
    }
    terminal = request.getTerminalKnot();
    long rows = terminal ? T + 1L : T;
    if (request.getAllowNonFinite()) {
      xs = Codec.rawDoubles("states", request.getStates(), rows, nx);
    } else {
      xs = Codec.doubles("states", request.getStates(), rows, nx);
    }
    hessian =
        switch (Errors.requireKnown(
            "cost_hessian", request.getCostHessian(), request.getCostHessianValue())) {
          case COST_HESSIAN_GAUSS_NEWTON -> CostHessian.GAUSS_NEWTON;
          default -> CostHessian.EXACT;
        };
    Errors.requireRange("chunk_knots", request.getChunkKnots(), 0, Integer.MAX_VALUE);
    int most = Math.max(1, CHUNK_BYTES / knotBytes());
    chunkKnots = request.getChunkKnots() == 0 ? most : Math.min(request.getChunkKnots(), 4 * most);
  }

  private int knotBytes() {
    return Double.BYTES * (2 * nx * nx + 2 * nx * nu + nu * nu + 2 * nx + nu + 1);
  }

  /** Number of chunks; at least one, since even no knots have an answer. */
  int chunks() {
    return Math.max(1, (T + chunkKnots - 1) / chunkKnots);
  }

  /** A measure of the whole request's work, see {@link Workers}: numbers that come out. */
  long work() {
    return (long) T * knotBytes() / Double.BYTES;
  }

  /** Computes the messages (one) of a chunk. */
  List<LinearizeResponse> chunk(int index) {
    int first = index * chunkKnots;
    int last = Math.min(T, first + chunkKnots);
    return model.with(
        scratch -> {
          LinearizeResponse.Builder out = LinearizeResponse.newBuilder().setFirstKnot(first);
          knots(scratch, first, last, out);
          if (terminal && last == T) {
            out.setTerminal(terminal(scratch));
          }
          return List.of(out.build());
        });
  }

  private void knots(Model.Scratch scratch, int first, int last, LinearizeResponse.Builder out) {
    int n = last - first;
    TensorBuffer next = new TensorBuffer(n, nx);
    TensorBuffer l = new TensorBuffer(n);
    TensorBuffer fx = new TensorBuffer(n, nx, nx);
    TensorBuffer fu = new TensorBuffer(n, nx, nu);
    TensorBuffer lx = new TensorBuffer(n, nx);
    TensorBuffer lu = new TensorBuffer(n, nu);
    TensorBuffer lxx = new TensorBuffer(n, nx, nx);
    TensorBuffer lux = new TensorBuffer(n, nu, nx);
    TensorBuffer luu = new TensorBuffer(n, nu, nu);
    TensorBuffer[] arrays = {next, l, fx, fu, lx, lu, lxx, lux, luu};
    int[] sizes = {nx, 1, nx * nx, nx * nu, nx, nu, nx * nx, nu * nx, nu * nu};
    Linearization knot = scratch.knot;
    boolean cross = false;
    for (int t = first; t < last && !cancelled.getAsBoolean(); t++) {
      KnotStatus status = linearize(scratch, t);
      out.addStatuses(status);
      if (status != KnotStatus.KNOT_STATUS_OK && status != KnotStatus.KNOT_STATUS_CLIPPED) {
        for (int i = 0; i < arrays.length; i++) {
          arrays[i].putNaN(sizes[i]);
        }
        cross = true;
        continue;
      }
      next.put(knot.xNext, 0, nx);
      l.put(knot.l);
      fx.put(knot.fx, 0, nx * nx);
      fu.put(knot.fu, 0, nx * nu);
      lx.put(knot.lx, 0, nx);
      lu.put(knot.lu, 0, nu);
      lxx.put(knot.lxx, 0, nx * nx);
      lux.put(knot.lux, 0, nu * nx);
      luu.put(knot.luu, 0, nu * nu);
      cross = cross || !isZero(knot.lux);
    }
    account.countLinearized(out.getStatusesCount());
    out.setNextStates(next.finish())
        .setCosts(l.finish())
        .setFx(fx.finish())
        .setFu(fu.finish())
        .setLx(lx.finish())
        .setLu(lu.finish())
        .setLxx(lxx.finish())
        .setLuu(luu.finish());
    if (cross) {
      out.setLux(lux.finish());
    }
  }

  private KnotStatus linearize(Model.Scratch scratch, int t) {
    if (!Finite.all(xs, t * nx, nx) || !Finite.all(us, t * nu, nu)) {
      return KnotStatus.KNOT_STATUS_NON_FINITE_INPUT;
    }
    Linearization knot = scratch.knot;
    boolean clipped = model.clip(us, t * nu, scratch.u);
    boolean ok =
        model.environment.linearize(scratch.workspace, xs, t * nx, scratch.u, 0, hessian, knot);
    if (!ok || !isFinite(knot)) {
      return KnotStatus.KNOT_STATUS_DIVERGED;
    }
    if (!clipped) {
      return KnotStatus.KNOT_STATUS_OK;
    }
    for (int i = 0; i < nu; i++) {
      if (scratch.u[i] != us[t * nu + i]) {
        removeAction(knot, i);
      }
    }
    return KnotStatus.KNOT_STATUS_CLIPPED;
  }

  /** Puts zero wherever a derivative is with respect to action entry {@code i}. */
  private void removeAction(Linearization knot, int i) {
    knot.lu[i] = 0;
    for (int j = 0; j < nx; j++) {
      knot.fu[j * nu + i] = 0;
      knot.lux[i * nx + j] = 0;
    }
    for (int j = 0; j < nu; j++) {
      knot.luu[i * nu + j] = 0;
      knot.luu[j * nu + i] = 0;
    }
  }

  private TerminalKnot terminal(Model.Scratch scratch) {
    TerminalKnot.Builder out = TerminalKnot.newBuilder();
    TensorBuffer lx = new TensorBuffer(nx);
    TensorBuffer lxx = new TensorBuffer(nx, nx);
    if (Finite.all(xs, T * nx, nx)) {
      Linearization knot = scratch.knot;
      model.environment.linearizeTerminal(scratch.workspace, xs, T * nx, hessian, knot);
      lx.put(knot.lx, 0, nx);
      lxx.put(knot.lxx, 0, nx * nx);
      out.setCost(knot.l).setStatus(KnotStatus.KNOT_STATUS_OK);
    } else {
      lx.putNaN(nx);
      lxx.putNaN(nx * nx);
      out.setCost(Double.NaN).setStatus(KnotStatus.KNOT_STATUS_NON_FINITE_INPUT);
    }
    return out.setLx(lx.finish()).setLxx(lxx.finish()).build();
  }

  private static boolean isFinite(Linearization knot) {
    return Double.isFinite(knot.l)
        && all(knot.xNext)
        && all(knot.fx)
        && all(knot.fu)
        && all(knot.lx)
        && all(knot.lu)
        && all(knot.lxx)
        && all(knot.lux)
        && all(knot.luu);
  }

  private static boolean all(double[] values) {
    return Finite.all(values, 0, values.length);
  }

  private static boolean isZero(double[] values) {
    for (double value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }
}
