package io.gaitway.server.access;

import com.sun.security.auth.module.UnixSystem;
import io.grpc.Attributes;
import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.util.AsciiString;
import java.io.IOException;

/** Users at the other ends of Unix sockets, as the operating system knows them. */
public final class UnixPeers {
  /** User number of a peer; absent on transports that do not know it. */
  static final Attributes.Key<Long> UID = Attributes.Key.create("gaitway-peer-uid");

  private UnixPeers() {}

  /** The user number of this process. */
  static long ownUid() {
    return Own.UID;
  }

  private static final class Own {
    static final long UID = new UnixSystem().getUid();
  }

  /**
   * Plaintext for Unix sockets that tells {@link Access} who is there. gRPC shows a service nothing
   * of the channel but its addresses, and a client's socket has none; so the number is asked for
   * while the connection is set up, and travels with gRPC's own event to its attributes.
   */
  public static ServerCredentials credentials() {
    return InternalNettyServerCredentials.create(new Negotiator());
  }

  private static final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
    private final InternalProtocolNegotiator.ProtocolNegotiator plaintext =
        InternalProtocolNegotiators.serverPlaintext();

    @Override
    public AsciiString scheme() {
      return plaintext.scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
      return new Introduction(plaintext.newHandler(grpc));
    }

    @Override
    public void close() {
      plaintext.close();
    }
  }

  /** Adds the peer's number to the event by which gRPC begins, and leaves. */
  private static final class Introduction extends ChannelInboundHandlerAdapter {
    private final ChannelHandler next;

    Introduction(ChannelHandler next) {
      this.next = next;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      context.pipeline().addAfter(context.name(), null, next);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws IOException {
      if (event instanceof ProtocolNegotiationEvent begin) {
        Attributes attributes =
            InternalProtocolNegotiationEvent.getAttributes(begin).toBuilder()
                .set(UID, uid(context.channel()))
                .build();
        context.fireUserEventTriggered(
            InternalProtocolNegotiationEvent.withAttributes(begin, attributes));
        context.pipeline().remove(this);
      } else {
        context.fireUserEventTriggered(event);
      }
    }
  }

  private static long uid(Channel channel) throws IOException {
    int uid =
        channel instanceof EpollDomainSocketChannel epoll
            ? epoll.peerCredentials().uid()
            : ((KQueueDomainSocketChannel) channel).peerCredentials().uid();
    return Integer.toUnsignedLong(uid);
  }
}
