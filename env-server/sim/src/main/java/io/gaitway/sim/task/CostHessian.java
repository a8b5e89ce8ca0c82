package io.gaitway.sim.task;

/** Which second derivative of the cost is meant. */
public enum CostHessian {
  /** The Hessian itself; may be indefinite. */
  EXACT,
  /**
   * The Gauss–Newton part Σ 2 w ∇r ∇rᵀ of a cost Σ w r²; always positive semi-definite, and what a
   * trajectory optimiser usually wants.
   */
  GAUSS_NEWTON
}
