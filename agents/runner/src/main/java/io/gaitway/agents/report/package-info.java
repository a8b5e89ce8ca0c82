/** The pages: the report of a run, that of an experiment, and the leaderboard. */
@NullMarked
package io.gaitway.agents.report;

import org.jspecify.annotations.NullMarked;
