/** The interface of dm_env_rpc: sessions under another name, for clients of dm_env. */
@NullMarked
package io.gaitway.server.dmenv;

import org.jspecify.annotations.NullMarked;
