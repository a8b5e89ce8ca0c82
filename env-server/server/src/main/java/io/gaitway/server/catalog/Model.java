package io.gaitway.server.catalog;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An environment with what serving it takes: its spec as a message, its bounds, and scratch memory.
 */
public final class Model {
  /** What an arithmetic operation takes in compiled code, ns: 0.15 to 0.8 were measured. */
  private static final double OPERATION_NANOS = 0.3;

  private static final double OVERHEAD_NANOS = 100;
  private static final double GAUSSIAN_NANOS = 60;

  /** What compiling second derivatives takes, or those by a parameter, about, ns. */
  private static final double COMPILING_NANOS = 1e9;

  public final Environment environment;
  public final io.gaitway.sim.task.EnvironmentSpec spec;
  public final EnvironmentSpec message;
  public final int nx;
  public final int nu;

  /** Bounds of the action's entries, shape (nu). */
  public final double[] lower;

  public final double[] upper;

  /** What drawing an initial state takes, about, ns. */
  public final double sampleNanos;

  /** What the environment was added with; null for one of the server's own. */
  public final @Nullable AddEnvironmentRequest files;

  private double linearizeNanos;

  /** Set last; 0 as long as nothing is compiled. */
  private volatile double stepNanos;

  /** What second derivatives take, about, ns; 0 as long as nobody has asked. */
  private volatile double curvatureNanos;

  /** Derivatives by parameters that have been asked for. */
  private final Map<String, Environment.Slope> slopes = new ConcurrentHashMap<>();

  private final Function<Map<String, Double>, Environment> family;
  private final Map<String, Double> parameters;
  private final ConcurrentLinkedDeque<Scratch> idle = new ConcurrentLinkedDeque<>();

  /**
   * Builds a model, which can be described.
   *
   * @param family makes environments of parameters that are overridden
   * @param parameters those of this one
   * @param files what the environment was added with, if it was
   */
  Model(
      Function<Map<String, Double>, Environment> family,
      Map<String, Double> parameters,
      @Nullable AddEnvironmentRequest files) {
    this.family = family;
    this.parameters = parameters;
    this.files = files;
    environment = family.apply(parameters);
    spec = environment.spec();
    message = SpecCodec.message(spec);
    nx = spec.nx();
    nu = spec.nu();
    lower = spec.action().stream().mapToDouble(entry -> entry.lower()).toArray();
    sampleNanos = OVERHEAD_NANOS + GAUSSIAN_NANOS * nx;
    upper = spec.action().stream().mapToDouble(entry -> entry.upper()).toArray();
  }

  /** Compiles what steps and linearisations run. */
  void compile() {
    linearizeNanos = OVERHEAD_NANOS + OPERATION_NANOS * environment.linearizeOperations();
    stepNanos = OVERHEAD_NANOS + OPERATION_NANOS * environment.stepOperations();
  }

  boolean isCompiled() {
    return stepNanos > 0;
  }

  /** What a control step takes with its cost, about, ns. */
  public double stepNanos() {
    return stepNanos;
  }

  /** What a linearisation takes, about, ns. */
  public double linearizeNanos() {
    return linearizeNanos;
  }

  /**
   * What {@link #curvatureNanos} and {@link #slopes} still have to compile, about, ns.
   *
   * @param curvature whether the first is wanted
   * @param names of parameters that the second is wanted for
   */
  public double compilingNanos(boolean curvature, List<String> names) {
    long missing = names.stream().filter(name -> !slopes.containsKey(name)).count();
    return COMPILING_NANOS * (missing + (curvature && curvatureNanos == 0 ? 1 : 0));
  }

  /** What the second derivatives of a knot's dynamics take, about, ns; the first call compiles. */
  public double curvatureNanos() {
    if (curvatureNanos == 0) {
      curvatureNanos = OVERHEAD_NANOS + OPERATION_NANOS * environment.curvatureOperations();
    }
    return curvatureNanos;
  }

  /**
   * Derivatives of the dynamics by parameters; the first call for a parameter compiles.
   *
   * @param names real parameters of the environment
   * @throws UnsupportedOperationException if there is no such derivative
   */
  public List<Environment.Slope> slopes(List<String> names) {
    return names.stream().map(this::slope).toList();
  }

  private Environment.Slope slope(String name) {
    Environment.Slope known = slopes.get(name);
    if (known == null) {
      known =
          environment.slope(
              name,
              value -> {
                Map<String, Double> changed = new HashMap<>(parameters);
                changed.put(name, value);
                return family.apply(changed);
              });
      slopes.put(name, known);
    }
    return known;
  }

  /** What the derivatives of a knot's dynamics by parameters take, about, ns. */
  public double slopesNanos(List<Environment.Slope> by) {
    return by.isEmpty() ? 0 : OVERHEAD_NANOS + OPERATION_NANOS * environment.slopeOperations(by);
  }

  /** The memory that a computation needs; used by one thread at a time. */
  public final class Scratch {
    public final Workspace workspace = environment.newWorkspace();
    public final Linearization knot = new Linearization(nx, nu);
    public final CounterGaussian noise = new CounterGaussian();

    /** An action as applied, shape (nu). */
    public final double[] u = new double[nu];

    /** Weighted second derivatives of a knot's dynamics, shape (nx + nu, nx + nu). */
    public final double[] curvature = new double[(nx + nu) * (nx + nu)];

    /** A state, shape (nx). */
    public final double[] x = new double[nx];

    private Scratch() {}
  }

  /** Lends scratch memory to {@code work} and returns what it returns. */
  public <T> T with(Function<Scratch, T> work) {
    Scratch scratch = idle.pollFirst();
    if (scratch == null) {
      scratch = new Scratch();
    }
    try {
      return work.apply(scratch);
    } finally {
      idle.addFirst(scratch);
    }
  }

  /**
   * Copies an action, moved to its bounds, to {@code out} at 0. This is the only place where
   * actions are clipped.
   *
   * @param u the action, shape (nu) from {@code uAt} on; {@code out} may be the same array
   * @return whether an entry was moved
   */
  public boolean clip(double[] u, int uAt, double[] out) {
    boolean clipped = false;
    for (int i = 0; i < nu; i++) {
      double value = u[uAt + i];
      // Not min and max: those would turn a −0 into a 0.
      if (value < lower[i]) {
        value = lower[i];
        clipped = true;
      } else if (value > upper[i]) {
        value = upper[i];
        clipped = true;
      }
      out[i] = value;
    }
    return clipped;
  }
}
