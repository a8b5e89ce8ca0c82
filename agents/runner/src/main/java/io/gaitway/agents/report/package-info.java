/**
 * The pages: the report of a run, that of a comparison, and the leaderboard; and Markdown tables.
 */
@NullMarked
package io.gaitway.agents.report;

import org.jspecify.annotations.NullMarked;
