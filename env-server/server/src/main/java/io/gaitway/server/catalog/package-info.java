/**
 * The environments on offer: found by reference, kept ready for computing, described in messages.
 */
@NullMarked
package io.gaitway.server.catalog;

import org.jspecify.annotations.NullMarked;
