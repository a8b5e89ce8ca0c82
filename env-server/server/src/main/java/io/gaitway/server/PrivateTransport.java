package io.gaitway.server;

import io.gaitway.address.Address;
import io.gaitway.address.PrivateSocket;
import io.gaitway.server.access.Access;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport to other processes of the same user: a Unix socket that nobody else reaches. Where
 * there are none, a loopback port, which other users of the machine do reach.
 */
public final class PrivateTransport implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PrivateTransport.class);

  private final @Nullable PrivateSocket socket;
  private final ServerBuilder<?> builder;

  private PrivateTransport(@Nullable PrivateSocket socket, ServerBuilder<?> builder) {
    this.socket = socket;
    this.builder = builder;
  }

  /** Makes room for the socket. */
  public static PrivateTransport open() throws IOException {
    if (!Transports.hasUnixSockets() || !PrivateSocket.isPossible()) {
      LOG.warn(
          "There are no Unix sockets here, so that other users of this machine reach the server on"
              + " its loopback port");
      return new PrivateTransport(
          null, Transports.tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }
    PrivateSocket socket = PrivateSocket.create();
    try {
      return new PrivateTransport(socket, Transports.unix(socket.path()));
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** What a server is to be started on. */
  public ServerBuilder<?> builder() {
    return builder;
  }

  /** Who is let in. */
  public Access access() {
    return Access.ownUserOnly();
  }

  /**
   * Where it is.
   *
   * @param port that the server listens on, −1 for none
   */
  public Address address(int port) {
    return socket != null
        ? socket.address()
        : new Address.Tcp(InetAddress.getLoopbackAddress().getHostAddress(), port);
  }

  /** Removes the socket; to be called when the server has ended. */
  @Override
  public void close() {
    if (socket != null) {
      socket.close();
    }
  }
}
