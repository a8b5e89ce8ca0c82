package io.gaitway.optim.trajopt;

/**
 * The schedule of the regularisation λ of a Riccati sweep: it grows and shrinks by a factor that
 * itself grows with every step in the same direction (Tassa et al. 2012, section II-F).
 */
public final class Regularization {
  private final Options options;
  private double lambda;
  private double delta = 1;

  /**
   * Constants of the schedule.
   *
   * @param form where λ enters the sweep
   * @param initial first λ, 0 or within the bounds
   * @param minimum least λ other than 0; smaller values become 0 on the way down
   * @param maximum greatest λ; needing more means failure
   * @param factor growth δ₀ &gt; 1 of the factor
   */
  public record Options(
      RiccatiSweep.Form form, double initial, double minimum, double maximum, double factor) {
    /** Checks the constants. */
    public Options {
      if (!(minimum > 0 && maximum >= minimum && maximum < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "need 0 < minimum <= maximum < infinity, but have " + minimum + ", " + maximum);
      }
      if (!(initial == 0 || (initial >= minimum && initial <= maximum))) {
        throw new IllegalArgumentException(
            "initial must be 0 or in [%s, %s], but is %s".formatted(minimum, maximum, initial));
      }
      if (!(factor > 1 && factor < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("factor must be above 1, but is " + factor);
      }
    }

    /**
     * No λ at first, then Tassa's constants: 1e-6 to 1e10, factor 2, on the state. On the swimmer
     * the control form stalls as λ grows, since it takes the feedback away; the state form keeps
     * it.
     */
    public static Options defaults() {
      return new Options(RiccatiSweep.Form.STATE, 0, 1e-6, 1e10, 2);
    }

    /** These options with another first λ. */
    public Options withInitial(double value) {
      return new Options(form, value, minimum, maximum, factor);
    }
  }

  /** Starts at the initial λ. */
  public Regularization(Options options) {
    this.options = options;
    lambda = options.initial();
  }

  /** The present λ. */
  public double lambda() {
    return lambda;
  }

  /** Where λ enters the sweep. */
  public RiccatiSweep.Form form() {
    return options.form();
  }

  /** Raises λ. Returns false, leaving λ as it is, if that would exceed the maximum. */
  public boolean increase() {
    double raised = Math.max(options.factor(), delta * options.factor());
    double next = Math.max(options.minimum(), lambda * raised);
    if (next > options.maximum()) {
      return false;
    }
    delta = raised;
    lambda = next;
    return true;
  }

  /** Lowers λ, to 0 if it falls below the minimum. */
  public void decrease() {
    delta = Math.min(1 / options.factor(), delta / options.factor());
    double next = lambda * delta;
    lambda = next >= options.minimum() ? next : 0;
  }
}
