/** Where long computations may be interrupted. */
@NullMarked
package io.gaitway.sim.pause;

import org.jspecify.annotations.NullMarked;
