/**
 * The server: what puts the rooms of the services together, opens transports and watches over
 * calls.
 */
@NullMarked
package io.gaitway.server;

import org.jspecify.annotations.NullMarked;
