/** The gRPC services over the simulator: catalog, sessions and dynamics. */
@NullMarked
package io.gaitway.server;

import org.jspecify.annotations.NullMarked;
