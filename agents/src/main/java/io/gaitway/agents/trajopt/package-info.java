/** Trajectory optimisation: the Riccati sweep, iLQR and Gaussian trajectories. */
@NullMarked
package io.gaitway.agents.trajopt;

import org.jspecify.annotations.NullMarked;
