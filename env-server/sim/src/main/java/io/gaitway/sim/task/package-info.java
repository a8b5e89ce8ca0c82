/** Environments: models with a cost, a control step, bounds and a start distribution. */
@NullMarked
package io.gaitway.sim.task;

import org.jspecify.annotations.NullMarked;
