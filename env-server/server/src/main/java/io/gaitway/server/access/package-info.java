/** Who calls, and what they may do. */
@NullMarked
package io.gaitway.server.access;

import org.jspecify.annotations.NullMarked;
