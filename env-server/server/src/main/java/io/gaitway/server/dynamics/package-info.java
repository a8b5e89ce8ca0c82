/**
 * The stateless computations: rollouts, evaluations and linearisations, and the service over them.
 */
@NullMarked
package io.gaitway.server.dynamics;

import org.jspecify.annotations.NullMarked;
