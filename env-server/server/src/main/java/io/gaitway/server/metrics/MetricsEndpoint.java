package io.gaitway.server.metrics;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Shows meters at {@code /metrics} over HTTP, in the text format of Prometheus, and at {@code
 * /healthz} and {@code /readyz} whether the server lives and takes work.
 *
 * <p>One thread of its own serves all connections and waits for none of them, so a peer that says
 * half a request, or reads nothing, holds up nobody. Such peers lose their connection after a time,
 * or before it when there are more than {@value OpenConnections#MOST}: the oldest goes first.
 */
public final class MetricsEndpoint implements AutoCloseable {
  /** Longest time that a peer may send nothing, or read nothing. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MAX_REQUEST_LINE = 1024;
  private static final int MAX_HEADERS = 8192;

  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final EventLoopGroup thread =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("gaitway-metrics", true), NioIoHandler.newFactory());
  private final Channel listening;

  /**
   * Starts listening.
   *
   * @param ready whether the server takes new work
   */
  public MetricsEndpoint(InetSocketAddress address, BooleanSupplier ready) throws IOException {
    this(address, ready, PATIENCE);
  }

  MetricsEndpoint(InetSocketAddress address, BooleanSupplier ready, Duration patience)
      throws IOException {
    Pages pages = new Pages(meters::scrape, ready);
    OpenConnections connections = new OpenConnections();
    long millis = patience.toMillis();
    ChannelFuture bound =
        new ServerBootstrap()
            .group(thread)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connections.add(connection);
                    connection
                        .pipeline()
                        .addLast(
                            new ReadTimeoutHandler(millis, TimeUnit.MILLISECONDS),
                            new WriteTimeoutHandler(millis, TimeUnit.MILLISECONDS),
                            new HttpServerCodec(
                                new HttpDecoderConfig()
                                    .setMaxInitialLineLength(MAX_REQUEST_LINE)
                                    .setMaxHeaderSize(MAX_HEADERS)),
                            new MetricsConnection(pages));
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      thread.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    listening = bound.channel();
  }

  /** The meters that are shown. */
  public PrometheusMeterRegistry meters() {
    return meters;
  }

  /** The port listened on. */
  public int port() {
    return ((InetSocketAddress) listening.localAddress()).getPort();
  }

  @Override
  public void close() {
    listening.close().awaitUninterruptibly();
    thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
