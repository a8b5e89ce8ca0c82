/** What people read on a terminal while work goes on: its status, its pace, numbers with units. */
@NullMarked
package io.gaitway.agents.console;

import org.jspecify.annotations.NullMarked;
