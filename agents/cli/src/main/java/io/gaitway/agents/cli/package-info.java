/** The program {@code gaitway}: its commands, their options, and what they show of their work. */
@NullMarked
package io.gaitway.agents.cli;

import org.jspecify.annotations.NullMarked;
