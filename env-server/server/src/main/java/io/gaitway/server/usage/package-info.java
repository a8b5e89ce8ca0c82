/** What accounts have used, and who may ask. */
@NullMarked
package io.gaitway.server.usage;

import org.jspecify.annotations.NullMarked;
