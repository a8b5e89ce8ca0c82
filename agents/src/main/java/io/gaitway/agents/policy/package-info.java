/** Policies and how they are fitted. */
@NullMarked
package io.gaitway.agents.policy;

import org.jspecify.annotations.NullMarked;
