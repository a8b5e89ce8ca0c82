/** Reports drawn from a run directory. */
@NullMarked
package io.gaitway.agents.report;

import org.jspecify.annotations.NullMarked;
