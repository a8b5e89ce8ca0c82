/** Counter-based random numbers keyed by seed, episode and step. */
@NullMarked
package io.gaitway.sim.random;

import org.jspecify.annotations.NullMarked;
