/** Statistics of runs that differ in their seed: means, and intervals about them. */
@NullMarked
package io.gaitway.agents.statistics;

import org.jspecify.annotations.NullMarked;
