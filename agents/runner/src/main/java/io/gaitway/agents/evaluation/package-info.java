/** Controllers under evaluation by a server's suites: what acts, watches, shows and ranks. */
@NullMarked
package io.gaitway.agents.evaluation;

import org.jspecify.annotations.NullMarked;
