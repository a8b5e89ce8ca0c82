/** The faults of calls: one exception for each that a program can react to. */
@NullMarked
package io.gaitway.client.error;

import org.jspecify.annotations.NullMarked;
