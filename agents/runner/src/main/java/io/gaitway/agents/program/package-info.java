/**
 * Agents and controllers that are programs, in any language, and the agents of this program for
 * others that train.
 */
@NullMarked
package io.gaitway.agents.program;

import org.jspecify.annotations.NullMarked;
