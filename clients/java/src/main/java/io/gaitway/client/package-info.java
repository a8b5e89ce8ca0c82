/**
 * The Java client of a Gaitway server. {@link io.gaitway.client.GaitwayClient} is the connection;
 * from it come simulators ({@code simulation}), sessions ({@code session}) and evaluations ({@code
 * evaluation}). Every fault of a call is one of {@code error}. Channels, stubs and protobuf
 * messages stay hidden.
 */
@NullMarked
package io.gaitway.client;

import org.jspecify.annotations.NullMarked;
