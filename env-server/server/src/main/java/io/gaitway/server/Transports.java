package io.gaitway.server;

import io.gaitway.address.Address;
import io.gaitway.server.access.UnixPeers;
import io.gaitway.server.call.CallLimits;
import io.grpc.InsecureServerCredentials;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The transports that a server can listen on besides the in-process one. */
public final class Transports {
  /** The bits of a file's mode that tell its type, and their value for a socket. */
  private static final int FILE_TYPE = 0170000;

  private static final int SOCKET = 0140000;

  /** Time in which a client has to begin to speak, s. */
  private static final long HANDSHAKE_SECONDS = 20;

  /** Resets are counted over so many seconds. */
  private static final int RESET_WINDOW_SECONDS = 30;

  private Transports() {}

  /** TCP without encryption, for loopback. */
  public static ServerBuilder<?> tcp(InetSocketAddress address) {
    return tuned(
        NettyServerBuilder.forAddress(
                address, Preface.guard(InsecureServerCredentials.create(), false))
            .channelType(EventLoops.tcp()));
  }

  /** TCP with TLS. */
  public static ServerBuilder<?> tls(InetSocketAddress address, TlsFiles files) throws IOException {
    return tuned(
        NettyServerBuilder.forAddress(address, Preface.guard(files.credentials(), true))
            .channelType(EventLoops.tcp()));
  }

  /**
   * A Unix domain socket. A socket that refuses connections is left over from a server that ended,
   * and is replaced; nothing else ever is. Its directory's permissions say who may connect.
   *
   * @throws IOException if something else is at that path, another server listens there, or the
   *     path is too long
   * @throws UnsupportedOperationException if this system has no such sockets, or if the native
   *     library for them cannot be loaded
   */
  public static ServerBuilder<?> unix(Path path) throws IOException {
    requireUnixSockets();
    Path absolute = path.toAbsolutePath();
    requirePath(absolute);
    removeStale(absolute);
    return tuned(
        NettyServerBuilder.forAddress(
                new DomainSocketAddress(absolute.toFile()),
                Preface.guard(UnixPeers.credentials(), false))
            .channelType(EventLoops.unix())
            .withChildOption(ChannelOption.SO_KEEPALIVE, null));
  }

  /** Whether {@link #unix} works here. */
  static boolean hasUnixSockets() {
    return Epoll.isAvailable() || KQueue.isAvailable();
  }

  private static void requireUnixSockets() {
    if (hasUnixSockets()) {
      return;
    }
    String system = System.getProperty("os.name", "");
    Throwable cause =
        system.startsWith("Linux")
            ? Epoll.unavailabilityCause()
            : system.startsWith("Mac") ? KQueue.unavailabilityCause() : null;
    if (cause == null) {
      throw new UnsupportedOperationException(
          "Unix domain sockets need Linux or macOS; use a TCP port here");
    }
    throw new UnsupportedOperationException(
        "the native library of Netty, which serves Unix domain sockets, cannot be loaded: "
            + innermost(cause).getMessage()
            + "; use a TCP port instead",
        cause);
  }

  private static Throwable innermost(Throwable thrown) {
    Throwable cause = thrown;
    for (Throwable next = cause.getCause(); next != null; next = next.getCause()) {
      cause = next;
    }
    return cause;
  }

  private static void requirePath(Path path) throws IOException {
    int most = Address.Unix.MAX_BYTES;
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > most) {
      throw new IOException(
          "%s is too long for a Unix domain socket: %d bytes, of at most %d; choose a shorter path"
              .formatted(path, length, most));
    }
    try {
      new Address.Unix(path.toString());
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
    Path directory = path.getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new IOException(
          "the directory of the socket %s does not exist; make it first".formatted(path));
    }
  }

  /**
   * Finds dead peers by pings, so that half-open connections do not stay, and is patient with the
   * pings of clients, which by default come more often than a Java server allows.
   */
  private static NettyServerBuilder tuned(NettyServerBuilder builder) {
    return builder
        .bossEventLoopGroup(EventLoops.ACCEPTING)
        .workerEventLoopGroup(EventLoops.SERVING)
        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .permitKeepAliveTime(1, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  /** Applies limits on connections, where a transport has any. */
  static void limit(ServerBuilder<?> transport, CallLimits limits) {
    if (transport instanceof NettyServerBuilder netty) {
      netty
          .maxConcurrentCallsPerConnection(limits.callsPerConnection())
          .maxConnectionAge(limits.connectionAge().toMillis(), TimeUnit.MILLISECONDS)
          .maxConnectionIdle(limits.connectionIdle().toMillis(), TimeUnit.MILLISECONDS)
          .maxRstFramesPerWindow(
              limits.resetsPerSecond() * RESET_WINDOW_SECONDS, RESET_WINDOW_SECONDS);
    }
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    if ((mode & FILE_TYPE) != SOCKET) {
      throw new IOException(path + " exists and is not a socket; choose another path");
    }
    // Without blocking, since a server that has stopped accepting would make this wait.
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.configureBlocking(false);
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException refused) {
      Files.delete(path);
      return;
    } catch (IOException e) {
      throw new IOException(
          "cannot tell whether a server listens on %s: %s".formatted(path, e.getMessage()), e);
    }
    throw new IOException("another server listens on " + path);
  }
}
