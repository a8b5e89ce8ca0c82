/**
 * Formulas as graphs: write an expression once, differentiate it exactly, and compile it to
 * straight-line bytecode specialised to one model.
 *
 * <p>{@link io.gaitway.sim.symbolic.Graph} interns {@link io.gaitway.sim.symbolic.Expr}essions, so
 * that equal sub-expressions are computed once; {@link io.gaitway.sim.symbolic.Derivatives}
 * differentiates; {@link io.gaitway.sim.symbolic.SymbolicSystem} solves linear systems
 * symbolically; {@link io.gaitway.sim.symbolic.KernelCompiler} turns outputs into a {@link
 * io.gaitway.sim.symbolic.Kernel}.
 */
@NullMarked
package io.gaitway.sim.symbolic;

import org.jspecify.annotations.NullMarked;
