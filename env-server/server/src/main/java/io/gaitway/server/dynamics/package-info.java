/**
 * The stateless computations: rollouts, single transitions and linearisations, and the service over
 * them.
 */
@NullMarked
package io.gaitway.server.dynamics;

import org.jspecify.annotations.NullMarked;
