/**
 * Where a server is, read and written in one place for servers and clients alike, and the line by
 * which a child process says where it listens.
 */
@NullMarked
package io.gaitway.address;

import org.jspecify.annotations.NullMarked;
