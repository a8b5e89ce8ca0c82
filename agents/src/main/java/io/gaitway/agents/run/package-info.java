/** What a learning method is, and what a run of one is: its course, its directory, its settings. */
@NullMarked
package io.gaitway.agents.run;

import org.jspecify.annotations.NullMarked;
