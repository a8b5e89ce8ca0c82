/** Experiments: many runs, shared by processes, and the files about all of them. */
@NullMarked
package io.gaitway.agents.experiment;

import org.jspecify.annotations.NullMarked;
