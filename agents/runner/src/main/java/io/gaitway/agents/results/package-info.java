/**
 * What runs came to: groups of them, statistics, and the tables they are written to and read from.
 */
@NullMarked
package io.gaitway.agents.results;

import org.jspecify.annotations.NullMarked;
