/** Agents in processes of their own: what calls one, and what serves one. */
@NullMarked
package io.gaitway.client.agent;

import org.jspecify.annotations.NullMarked;
