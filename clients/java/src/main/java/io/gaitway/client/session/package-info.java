/** Environments that a server holds and steps: reset, step, snapshot, restore, fork. */
@NullMarked
package io.gaitway.client.session;

import org.jspecify.annotations.NullMarked;
