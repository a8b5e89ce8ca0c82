package io.gaitway.sim.dynamics;

/**
 * A force law, written once as a formula of the motion; its partial derivatives follow from the
 * formula exactly (see {@link io.gaitway.sim.symbolic.Derivatives}).
 *
 * <p>A law may use the velocity now ({@link Motion#velocity}) and the velocity at the end of the
 * integrator step ({@link Motion#nextVelocity}); what depends on the latter is treated implicitly.
 * A law that is affine in the next velocity keeps the step a single linear solve.
 */
@FunctionalInterface
public interface ForceModel {
  /** Adds this law's forces for {@code motion} to {@code forces}. */
  void apply(Motion motion, GeneralizedForce forces);
}
