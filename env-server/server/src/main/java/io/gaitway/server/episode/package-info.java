/**
 * How an episode goes, the same wherever one runs: clipping, the cost of a step, the step, what
 * counts as divergence, how an episode ends, and what a fall costs.
 */
@NullMarked
package io.gaitway.server.episode;

import org.jspecify.annotations.NullMarked;
