package io.gaitway.server.metrics;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The connections of one event loop, whose thread alone uses this: never more than {@value #MOST},
 * since a new one ends the oldest.
 */
final class OpenConnections {
  static final int MOST = 256;

  private final Set<Channel> open = new LinkedHashSet<>();

  /** Adds a connection until it is closed. */
  void add(Channel connection) {
    if (open.size() == MOST) {
      Iterator<Channel> oldest = open.iterator();
      Channel old = oldest.next();
      oldest.remove();
      old.close();
    }
    open.add(connection);
    connection.closeFuture().addListener(closed -> open.remove(connection));
  }
}
