/**
 * How calls are made and messages are read. Not part of the API: it may change in any release, and
 * nothing outside this client may use it.
 */
@NullMarked
package io.gaitway.client.internal;

import org.jspecify.annotations.NullMarked;
