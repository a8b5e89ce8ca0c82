package io.gaitway.agents.reproduction;

/** The two policies that every iteration leaves. */
public enum PolicyKind {
  /** With its noise. */
  STOCHASTIC {
    @Override
    public double cost(Step step) {
      return step.stochastic();
    }

    @Override
    public boolean succeeds(ComparedRun run, Step step) {
      return step.successes() >= Success.LEAST_SHARE * step.rollouts()
          && (run.canFall() || step.stochastic() <= Success.MOST_OF_THE_COST * run.ddp());
    }
  },

  /** Without it. */
  DETERMINISTIC {
    @Override
    public double cost(Step step) {
      return step.deterministic();
    }

    @Override
    public boolean succeeds(ComparedRun run, Step step) {
      return step.deterministicSuccess()
          && (run.canFall() || step.deterministic() <= Success.MOST_OF_THE_COST * run.ddp());
    }
  };

  /** Its cost, mean over the rollouts; +∞ if one diverged. */
  public abstract double cost(Step step);

  /** Whether it succeeds at the task, see {@link Success}. */
  public abstract boolean succeeds(ComparedRun run, Step step);
}
