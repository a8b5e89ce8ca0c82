/** The command line: training, evaluation, checkpoints and the run log. */
@NullMarked
package io.gaitway.agents.run;

import org.jspecify.annotations.NullMarked;
