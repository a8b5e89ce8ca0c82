package io.gaitway.sim.task;

import io.gaitway.sim.pause.Pause;
import io.gaitway.sim.random.CounterGaussian;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares an environment's derivatives with differences of its values: fx and fu with differences
 * of the step, lx and lu with those of the cost, lxx, lux and luu with those of lx and lu, and the
 * same of the terminal cost; and the curvature for some weights λ, where the environment has one,
 * with differences of λᵀ fx and λᵀ fu. Keeps the worst entry of each array.
 *
 * <p>The error of an entry is |analytic − numeric| / s, where s is the largest absolute value in
 * the analytic array at that knot, or 1 if the array is zero: it does not depend on the units, and
 * a small array is held as strictly as a large one.
 *
 * <p>In corners, where formulas change, a derivative is compared with three differences, of which
 * it has to meet one: the mean of the derivatives to either side, the one to the right, and the one
 * to the left. Where there is no kink the three are one. The curvature is not looked at there:
 * where fx has several kinks it jumps, by some of them to the one side and by others to the other.
 */
public final class DerivativeCheck {
  private static final List<String> ARRAYS =
      List.of(
          "fx", "fu", "lx", "lu", "lxx", "lux", "luu", "terminal_lx", "terminal_lxx", "curvature");

  /** Most control steps between a sample's initial state and the sample. */
  private static final int LONGEST_RUN = 64;

  /** Standard deviation of sampled actions that have no bounds, in the action's unit. */
  private static final double UNBOUNDED_STD = 10;

  private final Environment environment;
  private final EnvironmentSpec spec;
  private final int nx;
  private final int nu;
  private final Workspace workspace;
  private final Linearization analytic;
  private final Linearization shifted;

  /** Length of the state and the action that the curvature is by; 0 where there is none. */
  private final int curved;

  private final double[] curvature;

  /** Weights of the next state's entries, other ones at every knot. */
  private final double[] lambda;

  private final CounterGaussian weights = new CounterGaussian();
  private final Difference difference;
  private final boolean inCorners;
  private final DerivativeError[] worst = new DerivativeError[ARRAYS.size()];
  private int samples;

  /** Where knots are taken. */
  public enum Knots {
    /** Where random actions lead to from initial states. */
    RUNS,
    /**
     * The same moved into corners: at rest, with all links in line, with angles at their limits and
     * where these fade in and out, with actions at their bounds, at the height where the ground
     * begins to be felt, and combinations of them.
     */
    CORNERS
  }

  /** What a derivative was compared with. */
  public enum Side {
    /** The derivative, or at a kink the mean of those to either side. */
    MEAN,
    /** The derivative to the right. */
    RIGHT,
    /** The derivative to the left. */
    LEFT
  }

  /**
   * The entry at which derivative and difference disagree most.
   *
   * @param array name of the array, such as {@code fx}
   * @param entry the entry in words, such as {@code fx[joint1_velocity, root_angle]}
   * @param row row of the entry; 0 for gradients
   * @param column column of the entry
   * @param analytic the environment's derivative
   * @param numeric the difference; in corners the one of the three that is nearest
   * @param side what kind of difference that is
   * @param kink how far the derivatives to the right and to the left are apart, relative as the
   *     error; 0 outside corners
   * @param relativeError |analytic − numeric| / s with s the largest absolute value in the analytic
   *     array at that knot, 1 if the array is zero
   * @param sample index of the sample
   * @param state the sample's state, shape (nx)
   * @param action the sample's action, shape (nu)
   */
  public record DerivativeError(
      String array,
      String entry,
      int row,
      int column,
      double analytic,
      double numeric,
      Side side,
      double kink,
      double relativeError,
      int sample,
      double[] state,
      double[] action) {}

  /**
   * The outcome.
   *
   * @param samples knots compared
   * @param errors the worst entry of each array; arrays of size 0 are left out
   */
  public record Report(int samples, List<DerivativeError> errors) {
    /** Copies the list. */
    public Report {
      errors = List.copyOf(errors);
    }

    /** The worst entry of all. */
    public DerivativeError worst() {
      DerivativeError worst = errors.get(0);
      for (DerivativeError error : errors) {
        if (isWorse(error.relativeError(), worst.relativeError())) {
          worst = error;
        }
      }
      return worst;
    }
  }

  /**
   * Prepares to check {@code environment}; allocates.
   *
   * @param inCorners whether a derivative may be that of one side
   */
  public DerivativeCheck(Environment environment, boolean inCorners) {
    this.environment = environment;
    this.inCorners = inCorners;
    spec = environment.spec();
    nx = spec.nx();
    nu = spec.nu();
    workspace = environment.newWorkspace();
    analytic = new Linearization(nx, nu);
    shifted = new Linearization(nx, nu);
    curved = environment.hasCurvature() && !inCorners ? nx + nu : 0;
    curvature = new double[curved * curved];
    lambda = new double[nx];
    difference = new Difference(size());
  }

  /**
   * Checks at sampled knots: states that random actions within the bounds lead to from initial
   * states, and random actions. The same seed gives the same knots; one at which the step diverges
   * is replaced by another.
   *
   * @throws IllegalStateException if the environment diverges nearly everywhere
   */
  public static Report sample(Environment environment, long seed, int samples) {
    return sample(environment, Knots.RUNS, seed, samples);
  }

  /** As {@link #sample(Environment, long, int)}, at knots of either kind. */
  public static Report sample(Environment environment, Knots knots, long seed, int samples) {
    Pause pause = Pause.ofThread();
    boolean inCorners = knots == Knots.CORNERS;
    DerivativeCheck check = new DerivativeCheck(environment, inCorners);
    Corners corners = new Corners(environment);
    CounterGaussian random = new CounterGaussian();
    double[] x = new double[check.nx];
    double[] u = new double[check.nu];
    long attempts = 100L + 10L * samples;
    for (long episode = 0; check.samples < samples; episode++) {
      pause.point();
      if (episode == attempts) {
        throw new IllegalStateException(
            "only %d of %d sampled knots did not diverge".formatted(check.samples, attempts));
      }
      if (check.draw(random, seed, episode, x, u)
          && (!inCorners || corners.impose(random, episode, x, u))) {
        check.add(x, u);
      }
    }
    return check.report();
  }

  /** Number of control steps (and as many linearisations) that one sample takes at most. */
  public static long stepsPerSample(EnvironmentSpec spec, Knots knots) {
    return LONGEST_RUN
        + (knots == Knots.CORNERS ? Corners.STEPS : 0)
        + (long) Difference.EVALUATIONS * (spec.nx() + spec.nu());
  }

  /**
   * Checks at one knot.
   *
   * @return whether the step succeeded there; if not, nothing was compared
   */
  public boolean add(double[] x, double[] u) {
    if (!environment.linearize(workspace, x, 0, u, 0, CostHessian.EXACT, analytic)) {
      return false;
    }
    weights.start(0, samples, 0);
    for (int i = 0; i < nx; i++) {
      lambda[i] = weights.next();
    }
    if (curved > 0 && !environment.curvature(workspace, x, 0, u, 0, lambda, 0, curvature)) {
      return false;
    }
    double[] x0 = x.clone();
    double[] u0 = u.clone();
    double[][][] numeric = new double[inCorners ? Difference.KINDS : 1][nx + nu][size()];
    double[][] sides = new double[numeric.length][];
    for (int j = 0; j < nx + nu; j++) {
      double[] point = j < nx ? x0 : u0;
      int at = j < nx ? j : j - nx;
      double centre = point[at];
      Difference.Curve curve =
          (shift, out) -> {
            point[at] = centre + shift;
            boolean ok = evaluate(x0, u0, out);
            point[at] = centre;
            return ok;
          };
      double scale = Math.max(j < nx ? 1 : actionScale(at), Math.abs(centre));
      for (int side = 0; side < sides.length; side++) {
        sides[side] = numeric[side][j];
      }
      if (inCorners) {
        difference.sides(curve, scale, sides);
      } else {
        difference.derivative(curve, scale, sides[0]);
      }
    }
    int l = nx;
    int lx = nx + 1;
    int lu = lx + nx;
    int terminal = lu + nu;
    compare(0, analytic.fx, nx, nx, (i, j, side) -> numeric[side][j][i], x, u);
    compare(1, analytic.fu, nx, nu, (i, j, side) -> numeric[side][nx + j][i], x, u);
    compare(2, analytic.lx, 1, nx, (i, j, side) -> numeric[side][j][l], x, u);
    compare(3, analytic.lu, 1, nu, (i, j, side) -> numeric[side][nx + j][l], x, u);
    compare(4, analytic.lxx, nx, nx, (i, j, side) -> numeric[side][j][lx + i], x, u);
    compare(5, analytic.lux, nu, nx, (i, j, side) -> numeric[side][j][lu + i], x, u);
    compare(6, analytic.luu, nu, nu, (i, j, side) -> numeric[side][nx + j][lu + i], x, u);
    environment.linearizeTerminal(workspace, x, 0, CostHessian.EXACT, analytic);
    compare(7, analytic.lx, 1, nx, (i, j, side) -> numeric[side][j][terminal], x, u);
    compare(8, analytic.lxx, nx, nx, (i, j, side) -> numeric[side][j][terminal + 1 + i], x, u);
    int slope = terminal + 1 + nx;
    compare(9, curvature, curved, curved, (i, j, side) -> numeric[side][j][slope + i], x, u);
    samples++;
    return true;
  }

  /** What has been found so far. */
  public Report report() {
    List<DerivativeError> errors = new ArrayList<>();
    for (DerivativeError error : worst) {
      if (error != null) {
        errors.add(error);
      }
    }
    return new Report(samples, errors);
  }

  private boolean draw(CounterGaussian random, long seed, long episode, double[] x, double[] u) {
    environment.sampleInitialState(seed, episode, x, 0);
    random.start(seed, episode, 0);
    int steps = (int) (random.nextUniform() * LONGEST_RUN);
    double[] next = new double[nx];
    for (int t = 0; t <= steps; t++) {
      random.start(seed, episode, t + 1);
      for (int i = 0; i < nu; i++) {
        EnvironmentSpec.ActionEntry bounds = spec.action().get(i);
        double width = bounds.upper() - bounds.lower();
        u[i] =
            Double.isFinite(width)
                ? bounds.lower() + width * random.nextUniform()
                : Math.max(bounds.lower(), Math.min(bounds.upper(), UNBOUNDED_STD * random.next()));
      }
      if (t < steps) {
        if (!environment.step(workspace, x, 0, u, 0, next, 0)) {
          return false;
        }
        System.arraycopy(next, 0, x, 0, nx);
      }
    }
    return true;
  }

  /** A change of action that the step feels well above round-off. */
  private double actionScale(int i) {
    EnvironmentSpec.ActionEntry bounds = spec.action().get(i);
    double width = bounds.upper() - bounds.lower();
    return Double.isFinite(width) ? width / 10 : UNBOUNDED_STD;
  }

  private boolean evaluate(double[] x, double[] u, double[] out) {
    if (!environment.step(workspace, x, 0, u, 0, out, 0)
        || !environment.linearize(workspace, x, 0, u, 0, CostHessian.EXACT, shifted)) {
      return false;
    }
    int at = nx;
    for (int j = 0; j < curved; j++) {
      double sum = 0;
      for (int i = 0; i < nx; i++) {
        sum += lambda[i] * (j < nx ? shifted.fx[i * nx + j] : shifted.fu[i * nu + j - nx]);
      }
      out[3 * nx + nu + 2 + j] = sum;
    }
    out[at++] = environment.cost(workspace, x, 0, u, 0);
    System.arraycopy(shifted.lx, 0, out, at, nx);
    System.arraycopy(shifted.lu, 0, out, at + nx, nu);
    at += nx + nu;
    out[at++] = environment.terminalCost(workspace, x, 0);
    environment.linearizeTerminal(workspace, x, 0, CostHessian.EXACT, shifted);
    System.arraycopy(shifted.lx, 0, out, at, nx);
    return true;
  }

  /**
   * Differences are taken of (next state, cost, lx, lu, terminal cost, terminal lx, λᵀ fx, λᵀ fu)
   * at once.
   */
  private int size() {
    return 3 * nx + nu + 2 + curved;
  }

  private interface Numeric {
    double at(int row, int column, int side);
  }

  private void compare(
      int array, double[] values, int rows, int columns, Numeric numeric, double[] x, double[] u) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    double scale = largest == 0 ? 1 : largest;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double a = values[i * columns + j];
        Side side = Side.MEAN;
        double n = numeric.at(i, j, 0);
        double kink = 0;
        if (inCorners) {
          for (Side other : List.of(Side.RIGHT, Side.LEFT)) {
            double there = numeric.at(i, j, other.ordinal());
            if (isWorse(Math.abs(a - n), Math.abs(a - there))) {
              n = there;
              side = other;
            }
          }
          kink =
              Math.abs(
                      numeric.at(i, j, Side.RIGHT.ordinal())
                          - numeric.at(i, j, Side.LEFT.ordinal()))
                  / scale;
        }
        double error = Math.abs(a - n) / scale;
        DerivativeError soFar = worst[array];
        if (soFar == null || isWorse(error, soFar.relativeError())) {
          worst[array] =
              new DerivativeError(
                  ARRAYS.get(array),
                  name(array, i, j),
                  i,
                  j,
                  a,
                  n,
                  side,
                  kink,
                  error,
                  samples,
                  x.clone(),
                  u.clone());
        }
      }
    }
  }

  /** Whether an error exceeds another; NaN exceeds everything. */
  private static boolean isWorse(double error, double than) {
    return !Double.isNaN(than) && !(error <= than);
  }

  /** Name of an entry of (x, u). */
  private String entry(int i) {
    return i < nx ? spec.state().get(i).name() : spec.action().get(i - nx).name();
  }

  private String name(int array, int row, int column) {
    String name = ARRAYS.get(array);
    if (name.equals("curvature")) {
      return "%s[%s, %s]".formatted(name, entry(row), entry(column));
    }
    boolean byAction = name.endsWith("u");
    String second = byAction ? spec.action().get(column).name() : spec.state().get(column).name();
    return switch (array) {
      case 2, 3, 7 -> "%s[%s]".formatted(name, second);
      case 5, 6 -> "%s[%s, %s]".formatted(name, spec.action().get(row).name(), second);
      default -> "%s[%s, %s]".formatted(name, spec.state().get(row).name(), second);
    };
  }
}
