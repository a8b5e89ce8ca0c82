/** Dynamics of planar models and their exact derivatives. */
@NullMarked
package io.gaitway.sim.dynamics;

import org.jspecify.annotations.NullMarked;
