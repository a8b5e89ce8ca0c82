package io.gaitway.client.internal;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Opens channels. Calls run on direct executors: nothing that the client does when a message
 * arrives blocks, and a hand-over to another thread would cost more than most calls.
 */
public final class Channels {
  /**
   * Bytes in flight per stream and connection before the server must wait; above the size of a
   * linearisation of a few hundred knots, so that one is never stalled half-way.
   */
  private static final int FLOW_CONTROL_WINDOW = 4 << 20;

  private Channels() {}

  /** An open channel and the event loop that belongs to it alone, if any. */
  public record Connection(ManagedChannel channel, @Nullable MultiThreadIoEventLoopGroup group) {

    /** Ends the channel at once; calls in progress fail as cancelled. Idempotent. */
    public void close() {
      channel.shutdownNow();
      boolean interrupted = false;
      try {
        channel.awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (group != null) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Opens a channel; it connects with its first call.
   *
   * @throws UnsupportedOperationException if the target is a Unix domain socket and this platform
   *     has neither epoll nor kqueue
   */
  public static Connection open(Target target, int maxMessageBytes, String userAgent) {
    if (target instanceof Target.InProcess inProcess) {
      return new Connection(
          configure(InProcessChannelBuilder.forName(inProcess.name()), maxMessageBytes, userAgent)
              .build(),
          null);
    }
    if (target instanceof Target.Unix unix) {
      return openUnix(unix, maxMessageBytes, userAgent);
    }
    Target.Tcp tcp = (Target.Tcp) target;
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(tcp.host(), tcp.port())
            .flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(configure(builder, maxMessageBytes, userAgent).build(), null);
  }

  private static Connection openUnix(Target.Unix unix, int maxMessageBytes, String userAgent) {
    Class<? extends Channel> type;
    IoHandlerFactory handler;
    if (Epoll.isAvailable()) {
      type = EpollDomainSocketChannel.class;
      handler = EpollIoHandler.newFactory();
    } else if (KQueue.isAvailable()) {
      type = KQueueDomainSocketChannel.class;
      handler = KQueueIoHandler.newFactory();
    } else {
      throw new UnsupportedOperationException(
          "target is '%s', but Unix domain sockets need Netty's native epoll (Linux) or kqueue"
                  .formatted(unix)
              + " (macOS) library, which could not be loaded here; use host:port instead"
              + " (epoll: %s)".formatted(String.valueOf(Epoll.unavailabilityCause())));
    }
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("gaitway-client", true), handler);
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(unix.path()))
            .channelType(type, DomainSocketAddress.class)
            .eventLoopGroup(group)
            // gRPC sets this option of TCP; null takes it back, without which Netty would warn.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .overrideAuthority("localhost")
            .flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(configure(builder, maxMessageBytes, userAgent).build(), group);
  }

  private static <B extends ManagedChannelBuilder<B>> B configure(
      B builder, int maxMessageBytes, String userAgent) {
    return builder
        .usePlaintext()
        .directExecutor()
        .maxInboundMessageSize(maxMessageBytes)
        .userAgent(userAgent)
        .disableRetry();
  }
}
