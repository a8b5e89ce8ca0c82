/** The facade through which agents see a Gaitway server; channels and stubs stay hidden. */
@NullMarked
package io.gaitway.client;

import org.jspecify.annotations.NullMarked;
