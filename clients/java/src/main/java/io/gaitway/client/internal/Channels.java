package io.gaitway.client.internal;

import io.gaitway.address.Address;
import io.gaitway.address.Endpoint;
import io.gaitway.address.Tls;
import io.gaitway.address.Token;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
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

  /** An open channel, the token of its calls, and the event loop that is its own, if any. */
  public record Connection(
      ManagedChannel channel, Bearer bearer, @Nullable MultiThreadIoEventLoopGroup group) {

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
   * @param token what its calls carry; null for nothing
   * @throws IllegalArgumentException if the address is in a zone that this machine does not have,
   *     or a file of the endpoint cannot be used
   * @throws UnsupportedOperationException if the target is a Unix domain socket and this platform
   *     has neither epoll nor kqueue
   */
  public static Connection open(
      Target target, @Nullable Token token, int maxMessageBytes, String userAgent) {
    Bearer bearer = new Bearer(token);
    if (target instanceof Target.InProcess inProcess) {
      InProcessChannelBuilder builder = InProcessChannelBuilder.forName(inProcess.name());
      return new Connection(
          configure(builder, bearer, maxMessageBytes, userAgent).build(), bearer, null);
    }
    Endpoint endpoint = ((Target.Remote) target).endpoint();
    if (endpoint.address() instanceof Address.Unix unix) {
      return openUnix(unix, bearer, maxMessageBytes, userAgent);
    }
    NettyChannelBuilder builder = tcp(endpoint).flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(
        configure(builder, bearer, maxMessageBytes, userAgent).build(), bearer, null);
  }

  private static NettyChannelBuilder tcp(Endpoint endpoint) {
    Address.Tcp tcp = (Address.Tcp) endpoint.address();
    int zone = tcp.host().indexOf('%');
    // gRPC would ask DNS for the number, and take the zone's name for a fault.
    InetSocketAddress inZone =
        zone < 0 ? null : new InetSocketAddress(numberInZone(tcp, zone), tcp.port());
    NettyChannelBuilder builder;
    try {
      ChannelCredentials credentials = TlsFiles.credentials(endpoint);
      builder =
          inZone == null
              ? NettyChannelBuilder.forAddress(tcp.host(), tcp.port(), credentials)
              : NettyChannelBuilder.forAddress(inZone, credentials);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "target %s cannot be used: %s".formatted(endpoint, e.getMessage()), e);
    }
    Tls tls = endpoint.tls();
    if (tls != null && tls.serverName() != null) {
      return builder.overrideAuthority(tls.serverName());
    }
    return inZone == null
        ? builder
        : builder.overrideAuthority(
            new Address.Tcp(tcp.host().substring(0, zone), tcp.port()).toString());
  }

  private static InetAddress numberInZone(Address.Tcp tcp, int zone) {
    try {
      return InetAddress.getByName(tcp.host());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "address %s is in zone %s, but this machine has no network interface of that name"
              .formatted(tcp, tcp.host().substring(zone + 1)),
          e);
    }
  }

  private static Connection openUnix(
      Address.Unix unix, Bearer bearer, int maxMessageBytes, String userAgent) {
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
        NettyChannelBuilder.forTarget(
                "unix:" + escaped(unix.path()), InsecureChannelCredentials.create())
            .channelType(type, DomainSocketAddress.class)
            .eventLoopGroup(group)
            // gRPC sets this option of TCP; null takes it back, without which Netty would warn.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .overrideAuthority("localhost")
            .flowControlWindow(FLOW_CONTROL_WINDOW);
    return new Connection(
        configure(builder, bearer, maxMessageBytes, userAgent).build(), bearer, group);
  }

  /** A path within a URI; whatever is not plain is escaped, byte by byte. */
  private static String escaped(String path) {
    return URLEncoder.encode(path, StandardCharsets.UTF_8).replace("+", "%20").replace("%2F", "/");
  }

  private static <B extends ManagedChannelBuilder<B>> B configure(
      B builder, Bearer bearer, int maxMessageBytes, String userAgent) {
    return builder
        .intercept(bearer)
        .directExecutor()
        .maxInboundMessageSize(maxMessageBytes)
        .userAgent(userAgent)
        .disableRetry();
  }
}
