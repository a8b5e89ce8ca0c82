package io.gaitway.server;

import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The transports that a server can listen on besides the in-process one. */
public final class Transports {
  private Transports() {}

  /** TCP without encryption. */
  public static ServerBuilder<?> tcp(InetSocketAddress address) {
    return tuned(NettyServerBuilder.forAddress(address));
  }

  /**
   * A Unix domain socket. A socket file that nobody listens on is replaced; its directory's
   * permissions say who may connect.
   *
   * @throws IOException if something else is at that path, or another server listens there
   * @throws UnsupportedOperationException if this system has no such sockets
   */
  public static ServerBuilder<?> unix(Path path) throws IOException {
    removeStale(path);
    if (!Epoll.isAvailable() && !KQueue.isAvailable()) {
      throw new UnsupportedOperationException(
          "Unix domain sockets need Linux or macOS; use a TCP port here");
    }
    return tuned(
        NettyServerBuilder.forAddress(new DomainSocketAddress(path.toFile()))
            .channelType(UnixLoops.CHANNEL)
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .bossEventLoopGroup(UnixLoops.GROUP)
            .workerEventLoopGroup(UnixLoops.GROUP));
  }

  /** The threads of Unix domain sockets: shared by all servers, made for the first, never ended. */
  private static final class UnixLoops {
    static final Class<? extends ServerChannel> CHANNEL =
        Epoll.isAvailable()
            ? EpollServerDomainSocketChannel.class
            : KQueueServerDomainSocketChannel.class;
    static final EventLoopGroup GROUP =
        new MultiThreadIoEventLoopGroup(
            new DefaultThreadFactory("gaitway-unix", true),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : KQueueIoHandler.newFactory());
  }

  /**
   * Finds dead peers by pings, so that half-open connections do not stay, and is patient with the
   * pings of clients, which by default come more often than a Java server allows.
   */
  private static NettyServerBuilder tuned(NettyServerBuilder builder) {
    return builder
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .permitKeepAliveTime(1, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isRegularFile(path) || Files.isDirectory(path)) {
      throw new IOException(path + " exists and is no socket");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException nobodyListens) {
      Files.delete(path);
      return;
    }
    throw new IOException("another server listens on " + path);
  }
}
