package io.gaitway.sim.task;

import io.gaitway.sim.random.CounterGaussian;
import java.util.ArrayList;
import java.util.List;

/**
 * Knots at which formulas change: rest, straight chains, contact onset, limits of angles and bounds
 * of actions. Works for any environment, from its spec and its contact forces. Belongs to one
 * thread.
 */
final class Corners {
  /** The kinds of corner. */
  private enum Kind {
    /** All velocities are 0. */
    REST,
    /** All angles between links are 0. */
    STRAIGHT,
    /** Positions are at a limit, or where it begins or ends to fade in, and do not move. */
    LIMITS,
    /** Every action is at a bound or 0. */
    BOUNDS,
    /** The height is the one at which the ground begins to be felt. */
    CONTACT
  }

  /** Halvings that pin a height of metres down to neighbouring numbers, and shifts before them. */
  private static final int HALVINGS = 60;

  private static final int SHIFTS = 20;

  /** Most control steps that imposing corners takes. */
  static final int STEPS = HALVINGS + 2 * SHIFTS;

  /** How rare each other kind is beside the one whose turn it is. */
  private static final double BESIDE = 0.3;

  private final Environment environment;
  private final EnvironmentSpec spec;
  private final Workspace workspace;
  private final double[] forces;
  private final List<Integer> hinges = new ArrayList<>();
  private final List<Integer> limited = new ArrayList<>();
  private final List<Integer> bounded = new ArrayList<>();
  private final int height;
  private final double limitWidth;
  private final List<Kind> kinds;

  /** Finds out which corners there are; allocates. */
  Corners(Environment environment) {
    this.environment = environment;
    spec = environment.spec();
    workspace = environment.newWorkspace();
    forces = new double[2 * spec.contactPoints().size()];
    for (EnvironmentSpec.LinkGeometry link : spec.geometry()) {
      if (link.parent() >= 0 && link.angleIndex() >= 0) {
        hinges.add(link.angleIndex());
      }
    }
    for (int i = 0; i < spec.nx() / 2; i++) {
      EnvironmentSpec.StateEntry entry = spec.state().get(i);
      if (Double.isFinite(entry.upper() - entry.lower())) {
        limited.add(i);
      }
    }
    for (int j = 0; j < spec.nu(); j++) {
      EnvironmentSpec.ActionEntry entry = spec.action().get(j);
      if (Double.isFinite(entry.lower()) || Double.isFinite(entry.upper())) {
        bounded.add(j);
      }
    }
    height =
        spec.contactPoints().isEmpty() || spec.geometry().isEmpty()
            ? -1
            : spec.geometry().get(0).yIndex();
    limitWidth =
        spec.parameters().stream()
            .filter(parameter -> parameter.name().equals(Parameters.LIMIT_WIDTH))
            .mapToDouble(EnvironmentSpec.Parameter::value)
            .findFirst()
            .orElse(0);
    List<Kind> present = new ArrayList<>(List.of(Kind.REST));
    addIf(!hinges.isEmpty(), Kind.STRAIGHT, present);
    addIf(!limited.isEmpty(), Kind.LIMITS, present);
    addIf(!bounded.isEmpty(), Kind.BOUNDS, present);
    addIf(height >= 0, Kind.CONTACT, present);
    kinds = List.copyOf(present);
  }

  private static void addIf(boolean there, Kind kind, List<Kind> kinds) {
    if (there) {
      kinds.add(kind);
    }
  }

  /**
   * Moves a knot into a corner: the kind whose turn it is, and now and then others with it.
   *
   * @param turn counts the knots
   * @param x state, shape (nx). Modified.
   * @param u action, shape (nu). Modified.
   * @return whether the steps that this took succeeded
   */
  boolean impose(CounterGaussian random, long turn, double[] x, double[] u) {
    int own = (int) (turn % kinds.size());
    for (int k = 0; k < kinds.size(); k++) {
      if ((k == own | random.nextUniform() < BESIDE) && !impose(kinds.get(k), random, x, u)) {
        return false;
      }
    }
    return true;
  }

  private boolean impose(Kind kind, CounterGaussian random, double[] x, double[] u) {
    int nv = spec.nx() / 2;
    switch (kind) {
      case REST -> {
        for (int i = nv; i < 2 * nv; i++) {
          x[i] = 0;
        }
      }
      case STRAIGHT -> hinges.forEach(i -> x[i] = 0);
      case LIMITS -> {
        for (int i : limited) {
          EnvironmentSpec.StateEntry entry = spec.state().get(i);
          double limit = random.nextUniform() < 0.5 ? entry.lower() : entry.upper();
          x[i] = limit + (below(3, random) - 1) * limitWidth;
          x[nv + i] = 0;
        }
      }
      case BOUNDS -> {
        for (int j : bounded) {
          EnvironmentSpec.ActionEntry entry = spec.action().get(j);
          double bound = new double[] {entry.lower(), entry.upper(), 0}[below(3, random)];
          u[j] = Double.isFinite(bound) ? bound : 0;
        }
      }
      case CONTACT -> {
        return touch(random, x, u);
      }
    }
    return true;
  }

  private static int below(int count, CounterGaussian random) {
    return Math.min(count - 1, (int) (count * random.nextUniform()));
  }

  /**
   * Searches for the height at which the ground's force begins, between one where it is there and
   * one where it is not.
   */
  private boolean touch(CounterGaussian random, double[] x, double[] u) {
    double low = x[height];
    double high = x[height];
    boolean touching = isTouching(x, u);
    double shift = 0x1p-6;
    for (int i = 0; i < SHIFTS && touching == isTouching(x, u); i++) {
      low = touching ? x[height] : low;
      high = touching ? high : x[height];
      x[height] += touching ? shift : -shift;
      shift *= 2;
    }
    low = touching ? low : x[height];
    high = touching ? x[height] : high;
    for (int i = 0; i < HALVINGS; i++) {
      x[height] = low + (high - low) / 2;
      if (isTouching(x, u)) {
        low = x[height];
      } else {
        high = x[height];
      }
    }
    x[height] = random.nextUniform() < 0.5 ? low : high;
    return environment.contactForces(workspace, x, 0, u, 0, forces, 0);
  }

  private boolean isTouching(double[] x, double[] u) {
    if (!environment.contactForces(workspace, x, 0, u, 0, forces, 0)) {
      return true;
    }
    for (double force : forces) {
      if (force != 0) {
        return true;
      }
    }
    return false;
  }
}
