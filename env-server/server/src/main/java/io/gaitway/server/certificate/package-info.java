/** Certificates for a lab that has no authority of its own. */
@NullMarked
package io.gaitway.server.certificate;

import org.jspecify.annotations.NullMarked;
