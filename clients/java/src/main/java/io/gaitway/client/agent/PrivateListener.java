package io.gaitway.client.agent;

import io.gaitway.address.Address;
import io.gaitway.address.PrivateSocket;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A Unix socket to serve on, which no other user of this machine reaches, and its thread. */
final class PrivateListener implements AutoCloseable {
  private final PrivateSocket socket;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1,
          new DefaultThreadFactory("gaitway-agent", true),
          Epoll.isAvailable() ? EpollIoHandler.newFactory() : KQueueIoHandler.newFactory());

  private PrivateListener(PrivateSocket socket) {
    this.socket = socket;
  }

  /** Whether this system has such sockets. */
  static boolean isPossible() {
    return (Epoll.isAvailable() || KQueue.isAvailable()) && PrivateSocket.isPossible();
  }

  static PrivateListener open() throws IOException {
    return new PrivateListener(PrivateSocket.create());
  }

  /** What a server is to be made with. */
  NettyServerBuilder builder() {
    return NettyServerBuilder.forAddress(new DomainSocketAddress(socket.path().toFile()))
        .channelType(
            Epoll.isAvailable()
                ? EpollServerDomainSocketChannel.class
                : KQueueServerDomainSocketChannel.class)
        .withChildOption(ChannelOption.SO_KEEPALIVE, null)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group);
  }

  /** Where the server is. */
  Address address() {
    return socket.address();
  }

  /** Removes the socket; to be called when the server has been stopped. */
  @Override
  public void close() {
    socket.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
