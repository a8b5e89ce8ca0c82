/**
 * The dynamics of environments on whole trajectories, without a session: rollouts, derivatives, and
 * the controllers that travel to the server.
 */
@NullMarked
package io.gaitway.client.simulation;

import org.jspecify.annotations.NullMarked;
