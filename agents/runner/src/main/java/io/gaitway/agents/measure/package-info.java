/** How a policy is measured after an iteration, and what counts as success. */
@NullMarked
package io.gaitway.agents.measure;

import org.jspecify.annotations.NullMarked;
