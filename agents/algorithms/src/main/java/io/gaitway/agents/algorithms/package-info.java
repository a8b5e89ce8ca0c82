/** VGPS and the agents beside it, one readable file each. */
@NullMarked
package io.gaitway.agents.algorithms;

import org.jspecify.annotations.NullMarked;
