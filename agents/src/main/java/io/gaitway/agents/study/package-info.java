/** Many runs: those of a study or a comparison, how far they are, and the files about them. */
@NullMarked
package io.gaitway.agents.study;

import org.jspecify.annotations.NullMarked;
