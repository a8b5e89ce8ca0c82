/** What an agent is: its settings, its task, and the learner that does the work. */
@NullMarked
package io.gaitway.agents.api;

import org.jspecify.annotations.NullMarked;
