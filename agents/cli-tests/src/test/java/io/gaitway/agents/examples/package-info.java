/** Examples that the documentation shows and the tests run. */
@NullMarked
package io.gaitway.agents.examples;

import org.jspecify.annotations.NullMarked;
