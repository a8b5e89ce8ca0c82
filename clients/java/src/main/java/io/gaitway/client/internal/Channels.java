package io.gaitway.client.internal;

import io.gaitway.address.Address;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
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
   * @throws IllegalArgumentException if the address is in a zone that this machine does not have
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
    Address address = ((Target.Remote) target).address();
    if (address instanceof Address.Unix unix) {
      return openUnix(unix, maxMessageBytes, userAgent);
    }
    NettyChannelBuilder builder = tcp((Address.Tcp) address).flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(configure(builder, maxMessageBytes, userAgent).build(), null);
  }

  private static NettyChannelBuilder tcp(Address.Tcp tcp) {
    int zone = tcp.host().indexOf('%');
    if (zone < 0) {
      return NettyChannelBuilder.forAddress(tcp.host(), tcp.port());
    }
    // gRPC would ask DNS for the number, and take the zone's name for a fault.
    InetAddress address;
    try {
      address = InetAddress.getByName(tcp.host());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "address %s is in zone %s, but this machine has no network interface of that name"
              .formatted(tcp, tcp.host().substring(zone + 1)),
          e);
    }
    return NettyChannelBuilder.forAddress(new InetSocketAddress(address, tcp.port()))
        .overrideAuthority(new Address.Tcp(tcp.host().substring(0, zone), tcp.port()).toString());
  }

  private static Connection openUnix(Address.Unix unix, int maxMessageBytes, String userAgent) {
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
          "target is '%s', but the native library of Netty (epoll on Linux, kqueue on macOS), which"
                  .formatted(unix)
              + " Unix domain sockets need, cannot be loaded (%s); use host:port instead"
                  .formatted(Errors.rootWords(Epoll.unavailabilityCause(), "")),
          Epoll.unavailabilityCause());
    }
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("gaitway-client", true), handler);
    NettyChannelBuilder builder =
        NettyChannelBuilder.forTarget("unix:" + escaped(unix.path()))
            .channelType(type, DomainSocketAddress.class)
            .eventLoopGroup(group)
            // gRPC sets this option of TCP; null takes it back, without which Netty would warn.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .overrideAuthority("localhost")
            .flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(configure(builder, maxMessageBytes, userAgent).build(), group);
  }

  /** A path within a URI; whatever is not plain is escaped, byte by byte. */
  private static String escaped(String path) {
    return URLEncoder.encode(path, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
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
