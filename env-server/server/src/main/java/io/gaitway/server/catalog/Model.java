package io.gaitway.server.catalog;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
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

  public final Environment environment;
  public final io.gaitway.sim.task.EnvironmentSpec spec;
  public final EnvironmentSpec message;
  public final int nx;
  public final int nu;

  /** Bounds of the action's entries, shape (nu). */
  public final double[] lower;

  public final double[] upper;

  /** What a control step takes with its cost, and what a linearisation takes, about, ns. */
  public final double stepNanos;

  public final double linearizeNanos;

  /** What drawing an initial state takes, about, ns. */
  public final double sampleNanos;

  /** What the environment was added with; null for one of the server's own. */
  public final @Nullable AddEnvironmentRequest files;

  private final ConcurrentLinkedDeque<Scratch> idle = new ConcurrentLinkedDeque<>();

  Model(Environment environment, @Nullable AddEnvironmentRequest files) {
    this.environment = environment;
    this.files = files;
    spec = environment.spec();
    message = SpecCodec.message(spec);
    nx = spec.nx();
    nu = spec.nu();
    lower = spec.action().stream().mapToDouble(entry -> entry.lower()).toArray();
    stepNanos = OVERHEAD_NANOS + OPERATION_NANOS * environment.stepOperations();
    linearizeNanos = OVERHEAD_NANOS + OPERATION_NANOS * environment.linearizeOperations();
    sampleNanos = OVERHEAD_NANOS + GAUSSIAN_NANOS * nx;
    upper = spec.action().stream().mapToDouble(entry -> entry.upper()).toArray();
  }

  /** The memory that a computation needs; used by one thread at a time. */
  public final class Scratch {
    public final Workspace workspace = environment.newWorkspace();
    public final Linearization knot = new Linearization(nx, nu);
    public final CounterGaussian noise = new CounterGaussian();

    /** An action as applied, shape (nu). */
    public final double[] u = new double[nu];

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
