/** The robots that come with the simulator: a swimmer and a walker. */
@NullMarked
package io.gaitway.sim.robots;

import org.jspecify.annotations.NullMarked;
