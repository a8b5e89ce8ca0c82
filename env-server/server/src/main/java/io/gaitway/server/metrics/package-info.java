/** What a server counts, and where it shows it. */
@NullMarked
package io.gaitway.server.metrics;

import org.jspecify.annotations.NullMarked;
