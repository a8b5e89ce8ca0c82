package io.gaitway.server.dynamics;

import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.TerminalKnot;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.Finite;
import io.gaitway.server.wire.TensorBuffer;
import io.gaitway.sim.pause.Pause;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Linearization;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One Linearize request, read and checked: computes its chunks in any order. */
final class Linearizations {
  /** Bytes that a chunk is made to have at most, unless the request says otherwise. */
  private static final int CHUNK_BYTES = 512 << 10;

  /** What it takes to copy the numbers that come out, ns. */
  private static final double NANOS_PER_BYTE = 0.2;

  private final Model model;
  private final int nx;
  private final int nu;
  private final int T;
  private final double[] xs;
  private final double[] us;
  private final boolean terminal;
  private final boolean dynamicsOnly;

  /** Weights of second derivatives, shape (T, nx); null where these are not wanted. */
  private final double @Nullable [] multipliers;

  private final List<String> parameters;

  private final CostHessian hessian;
  private final int chunkKnots;
  private final Account account;
  private List<Environment.Slope> slopes = List.of();
  private double knotNanos;

  /**
   * Reads a request.
   *
   * @param account what the work is counted for
   */
  Linearizations(Model model, LinearizeRequest request, ServerOptions options, Account account) {
    this.model = model;
    this.account = account;
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
    dynamicsOnly = request.getDynamicsOnly();
    if (terminal && dynamicsOnly) {
      throw Errors.outOfRange(
          "terminal_knot", true, "false with dynamics_only: a terminal knot is the cost's alone");
    }
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
    multipliers = request.hasMultipliers() ? multipliers(request) : null;
    parameters = parameters(request);
    Errors.requireRange("chunk_knots", request.getChunkKnots(), 0, Integer.MAX_VALUE);
    int most = Math.max(1, CHUNK_BYTES / knotBytes());
    chunkKnots = request.getChunkKnots() == 0 ? most : Math.min(request.getChunkKnots(), 4 * most);
  }

  private double[] multipliers(LinearizeRequest request) {
    if (!model.environment.hasCurvature()) {
      throw Errors.outOfRange(
          "multipliers",
          "present",
          "absent",
          "must be absent: the dynamics of %s have no second derivatives"
              .formatted(model.spec.id()));
    }
    return Codec.doubles("multipliers", request.getMultipliers(), T, nx);
  }

  private List<String> parameters(LinearizeRequest request) {
    List<String> names = request.getParametersList();
    List<String> known =
        model.spec.parameters().stream()
            .filter(parameter -> !parameter.integer())
            .map(EnvironmentSpec.Parameter::name)
            .toList();
    for (int i = 0; i < names.size(); i++) {
      String field = "parameters[" + i + "]";
      if (!known.contains(names.get(i))) {
        throw Errors.notOneOf(field, Errors.quoted(names.get(i)), known);
      }
      if (names.indexOf(names.get(i)) < i) {
        throw Errors.outOfRange(field, names.get(i), "another than those before it");
      }
    }
    return names;
  }

  private int knotBytes() {
    int dynamics = nx * nx + nx * nu + nx;
    int cost = dynamicsOnly ? 0 : nx * nx + nx * nu + nu * nu + nx + nu + 1;
    int curvature = multipliers == null ? 0 : (nx + nu) * (nx + nu);
    return Double.BYTES * (dynamics + cost + curvature + nx * parameters.size());
  }

  /** Number of chunks; at least one, since even no knots have an answer. */
  int chunks() {
    return Math.max(1, (T + chunkKnots - 1) / chunkKnots);
  }

  /** Number of knots. */
  long steps() {
    return T;
  }

  /** How long {@link #prepare} takes, about, ns. */
  double preparationNanos() {
    return model.compilingNanos(multipliers != null, parameters);
  }

  /** Compiles what has not been compiled yet; to be called before what follows. */
  void prepare() {
    try {
      slopes = model.slopes(parameters);
    } catch (UnsupportedOperationException e) {
      throw Errors.outOfRange(
          "parameters", parameters, "absent", "cannot be differentiated by: " + e.getMessage());
    }
    double curvature = multipliers == null ? 0 : model.curvatureNanos();
    knotNanos =
        model.linearizeNanos()
            + curvature
            + model.slopesNanos(slopes)
            + NANOS_PER_BYTE * knotBytes();
  }

  /** How long the whole request will take, about, ns. */
  double nanos() {
    return T * knotNanos;
  }

  /** Size of the whole answer. */
  long bytes() {
    return (long) T * knotBytes();
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
    DynamicsArrays dynamics = new DynamicsArrays(last - first);
    CostArrays cost = new CostArrays(dynamicsOnly ? 0 : last - first);
    int nz = nx + nu;
    TensorBuffer curvature = new TensorBuffer(multipliers == null ? 0 : last - first, nz, nz);
    int np = parameters.size();
    TensorBuffer fp = new TensorBuffer(last - first, nx, np);
    double[] byParameter = new double[nx * np];
    for (int t = first; t < last; t++) {
      KnotStatus status = linearize(scratch, t, byParameter);
      out.addStatuses(status);
      if (status != KnotStatus.KNOT_STATUS_OK && status != KnotStatus.KNOT_STATUS_CLIPPED) {
        fillWithNaN(scratch.knot);
        Arrays.fill(scratch.curvature, Double.NaN);
        Arrays.fill(byParameter, Double.NaN);
      }
      dynamics.put(scratch.knot);
      if (!dynamicsOnly) {
        cost.put(scratch.knot);
      }
      if (multipliers != null) {
        curvature.put(scratch.curvature, 0, nz * nz);
      }
      fp.put(byParameter, 0, nx * np);
    }
    account.countLinearized(out.getStatusesCount());
    dynamics.finish(out);
    if (!dynamicsOnly) {
      cost.finish(out);
    }
    if (multipliers != null) {
      out.setCurvature(curvature.finish());
    }
    if (np > 0) {
      out.setFp(fp.finish());
    }
  }

  /** What a chunk says of the dynamics. */
  private final class DynamicsArrays {
    private final TensorBuffer next;
    private final TensorBuffer fx;
    private final TensorBuffer fu;

    DynamicsArrays(int n) {
      next = new TensorBuffer(n, nx);
      fx = new TensorBuffer(n, nx, nx);
      fu = new TensorBuffer(n, nx, nu);
    }

    void put(Linearization knot) {
      next.put(knot.xNext, 0, nx);
      fx.put(knot.fx, 0, nx * nx);
      fu.put(knot.fu, 0, nx * nu);
    }

    void finish(LinearizeResponse.Builder out) {
      out.setNextStates(next.finish()).setFx(fx.finish()).setFu(fu.finish());
    }
  }

  /** What a chunk says of the cost. */
  private final class CostArrays {
    private final TensorBuffer l;
    private final TensorBuffer lx;
    private final TensorBuffer lu;
    private final TensorBuffer lxx;
    private final TensorBuffer lux;
    private final TensorBuffer luu;
    private boolean cross;

    CostArrays(int n) {
      l = new TensorBuffer(n);
      lx = new TensorBuffer(n, nx);
      lu = new TensorBuffer(n, nu);
      lxx = new TensorBuffer(n, nx, nx);
      lux = new TensorBuffer(n, nu, nx);
      luu = new TensorBuffer(n, nu, nu);
    }

    void put(Linearization knot) {
      l.put(knot.l);
      lx.put(knot.lx, 0, nx);
      lu.put(knot.lu, 0, nu);
      lxx.put(knot.lxx, 0, nx * nx);
      lux.put(knot.lux, 0, nu * nx);
      luu.put(knot.luu, 0, nu * nu);
      cross = cross || !isZero(knot.lux);
    }

    void finish(LinearizeResponse.Builder out) {
      out.setCosts(l.finish())
          .setLx(lx.finish())
          .setLu(lu.finish())
          .setLxx(lxx.finish())
          .setLuu(luu.finish());
      if (cross) {
        out.setLux(lux.finish());
      }
    }
  }

  private KnotStatus linearize(Model.Scratch scratch, int t, double[] byParameter) {
    Pause.ofThread().point();
    if (!Finite.all(xs, t * nx, nx) || !Finite.all(us, t * nu, nu)) {
      return KnotStatus.KNOT_STATUS_NON_FINITE_INPUT;
    }
    Linearization knot = scratch.knot;
    boolean clipped = model.clip(us, t * nu, scratch.u);
    boolean ok =
        model.environment.linearize(scratch.workspace, xs, t * nx, scratch.u, 0, hessian, knot);
    if (!ok
        || !isFinite(knot)
        || !curvature(scratch, t)
        || !differentiate(scratch, t, byParameter)) {
      return KnotStatus.KNOT_STATUS_DIVERGED;
    }
    if (!clipped) {
      return KnotStatus.KNOT_STATUS_OK;
    }
    for (int i = 0; i < nu; i++) {
      if (scratch.u[i] != us[t * nu + i]) {
        removeAction(knot, i);
        removeRowAndColumn(scratch.curvature, nx + i);
      }
    }
    return KnotStatus.KNOT_STATUS_CLIPPED;
  }

  /** Computes second derivatives where they are wanted; whether they are finite. */
  private boolean curvature(Model.Scratch scratch, int t) {
    return multipliers == null
        || model.environment.curvature(
            scratch.workspace, xs, t * nx, scratch.u, 0, multipliers, t * nx, scratch.curvature);
  }

  /** Differentiates by the parameters asked for; whether the derivatives are finite. */
  private boolean differentiate(Model.Scratch scratch, int t, double[] byParameter) {
    return slopes.isEmpty()
        || model.environment.differentiateBy(
            scratch.workspace, slopes, xs, t * nx, scratch.u, 0, byParameter);
  }

  private void removeRowAndColumn(double[] matrix, int i) {
    int nz = nx + nu;
    for (int j = 0; j < nz; j++) {
      matrix[i * nz + j] = 0;
      matrix[j * nz + i] = 0;
    }
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

  private static void fillWithNaN(Linearization knot) {
    knot.l = Double.NaN;
    for (double[] values : arrays(knot)) {
      Arrays.fill(values, Double.NaN);
    }
  }

  private static boolean isFinite(Linearization knot) {
    boolean finite = Double.isFinite(knot.l);
    for (double[] values : arrays(knot)) {
      finite = finite && Finite.all(values, 0, values.length);
    }
    return finite;
  }

  private static double[][] arrays(Linearization knot) {
    return new double[][] {
      knot.xNext, knot.fx, knot.fu, knot.lx, knot.lu, knot.lxx, knot.lux, knot.luu
    };
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
