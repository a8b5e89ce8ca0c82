/** The program {@code gaitway}: its commands, their options, and what they show of their work. */
@NullMarked
package io.gaitway.agents.command;

import org.jspecify.annotations.NullMarked;
