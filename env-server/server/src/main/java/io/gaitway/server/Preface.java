package io.gaitway.server;

import io.gaitway.server.log.Event;
import io.grpc.ServerCredentials;
import io.grpc.internal.ObjectPool;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Looks at the first bytes of a connection, and lets only those pass that are the beginning of what
 * is spoken here. Browsers and scrapers that came to the wrong port are told so; all others are
 * hung up on.
 */
final class Preface extends ByteToMessageDecoder {
  private static final String HTTP_2 = "PRI ";
  private static final List<String> HTTP_1 =
      List.of("GET ", "POST", "HEAD", "PUT ", "OPTI", "DELE", "PATC", "CONN", "TRAC");
  private static final int ENOUGH = 4;
  private static final int TLS_HANDSHAKE = 0x16;

  private final boolean tls;
  private final ChannelHandler next;

  /**
   * Prepares.
   *
   * @param tls whether TLS is spoken here
   * @param next takes over what may pass
   */
  private Preface(boolean tls, ChannelHandler next) {
    this.tls = tls;
    this.next = next;
  }

  /** The same credentials, for a transport that looks at the first bytes. */
  static ServerCredentials guard(ServerCredentials credentials, boolean tls) {
    InternalProtocolNegotiator.ServerFactory inner =
        InternalNettyServerCredentials.toNegotiator(credentials);
    return InternalNettyServerCredentials.create(
        new InternalProtocolNegotiator.ServerFactory() {
          @Override
          public InternalProtocolNegotiator.ProtocolNegotiator newNegotiator(
              ObjectPool<? extends Executor> offload) {
            return new Negotiator(inner.newNegotiator(offload), tls);
          }
        });
  }

  private record Negotiator(InternalProtocolNegotiator.ProtocolNegotiator inner, boolean tls)
      implements InternalProtocolNegotiator.ProtocolNegotiator {
    @Override
    public AsciiString scheme() {
      return inner.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
      return new Preface(tls, inner.newHandler(grpc));
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext connection, Object event) {
    // The beginning of the negotiation: told to the next as soon as there is one.
    if (!event.equals(InternalProtocolNegotiationEvent.getDefault())) {
      connection.fireUserEventTriggered(event);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext connection, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < ENOUGH) {
      return;
    }
    int first = in.getUnsignedByte(in.readerIndex());
    String text = in.toString(in.readerIndex(), ENOUGH, StandardCharsets.US_ASCII);
    if (tls ? first == TLS_HANDSHAKE : text.equals(HTTP_2)) {
      connection.pipeline().addAfter(connection.name(), null, next);
      connection.fireUserEventTriggered(InternalProtocolNegotiationEvent.getDefault());
      connection.pipeline().remove(this);
      return;
    }
    in.skipBytes(in.readableBytes());
    if (HTTP_1.contains(text)) {
      refuse(connection, "HTTP/1");
      connection
          .writeAndFlush(ByteBufUtil.writeUtf8(connection.alloc(), answer()))
          .addListener(ChannelFutureListener.CLOSE);
    } else {
      if (text.equals(HTTP_2)) {
        refuse(connection, "gRPC without TLS");
      } else if (first == TLS_HANDSHAKE) {
        refuse(connection, "TLS");
      }
      connection.close();
    }
  }

  private String answer() {
    String text =
        "This port speaks gRPC%s. Metrics are on the port that serve --metrics-port names.\n"
            .formatted(tls ? " over TLS" : "");
    return "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        + "Content-Length: %d\r\n\r\n%s".formatted(text.length(), text);
  }

  /** Tells the operator of a client that means to speak to somebody, but not to this server. */
  private static void refuse(ChannelHandlerContext connection, String spoken) {
    Event.of("connection refused", spoken)
        .with("spoken", spoken)
        .with("peer", connection.channel().remoteAddress())
        .log();
  }
}
