/** A training run: its course, its directory, its checkpoints. */
@NullMarked
package io.gaitway.agents.run;

import org.jspecify.annotations.NullMarked;
