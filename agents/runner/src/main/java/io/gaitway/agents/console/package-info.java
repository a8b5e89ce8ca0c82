/** What people read on a terminal: a line that tells how work goes, tables, numbers with units. */
@NullMarked
package io.gaitway.agents.console;

import org.jspecify.annotations.NullMarked;
