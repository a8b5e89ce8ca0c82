/** Sessions: environments stepped together, their leases, and the service over them. */
@NullMarked
package io.gaitway.server.session;

import org.jspecify.annotations.NullMarked;
