package io.gaitway.sim.task;

/** Which second derivative of the cost is meant. */
public enum CostHessian {
  /** The Hessian itself; may be indefinite. */
  EXACT,
  /**
   * The Gauss–Newton part Σ w ρ″(r) ∇r ∇rᵀ of a cost Σ w ρ(r), with the {@link Penalty} ρ: 2 w ∇r
   * ∇rᵀ for w r², nothing for a linear term. Always positive semi-definite, and what a trajectory
   * optimiser usually wants.
   */
  GAUSS_NEWTON
}
