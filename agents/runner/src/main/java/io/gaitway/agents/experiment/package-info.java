/** Many runs: those of a study, and what does several of them at the same time. */
@NullMarked
package io.gaitway.agents.experiment;

import org.jspecify.annotations.NullMarked;
