/** Expressions, their exact derivatives, and the straight-line code generated from them. */
@NullMarked
package io.gaitway.sim.symbolic;

import org.jspecify.annotations.NullMarked;
