/** What messages are made of: tensors, durations and errors, read, checked and written. */
@NullMarked
package io.gaitway.server.wire;

import org.jspecify.annotations.NullMarked;
