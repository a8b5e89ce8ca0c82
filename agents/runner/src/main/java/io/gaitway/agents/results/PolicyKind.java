package io.gaitway.agents.results;

import java.util.Locale;

/** The two policies that every iteration leaves. */
public enum PolicyKind {
  /** With its noise. */
  STOCHASTIC {
    @Override
    public double cost(Step step) {
      return step.stochastic();
    }

    @Override
    public boolean succeeds(Step step) {
      return step.stochasticSuccess();
    }
  },

  /** Without it. */
  DETERMINISTIC {
    @Override
    public double cost(Step step) {
      return step.deterministic();
    }

    @Override
    public boolean succeeds(Step step) {
      return step.deterministicSuccess();
    }
  };

  /** Its cost, mean over the rollouts; +∞ if one diverged. */
  public abstract double cost(Step step);

  /** Whether it succeeds at the task, see {@link Success}. */
  public abstract boolean succeeds(Step step);

  /** The name in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
