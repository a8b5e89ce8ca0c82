/** What a server that is a program of its own writes to its log, and how. */
@NullMarked
package io.gaitway.server.log;

import org.jspecify.annotations.NullMarked;
