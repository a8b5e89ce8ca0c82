package io.gaitway.server.metrics;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;

/**
 * Answers the requests of one connection, one after the other. A request that comes while the
 * answer to the one before has not been written ends the connection, so that who reads nothing
 * makes the server hold one answer and no more. A body that a request brings is thrown away.
 */
final class MetricsConnection extends SimpleChannelInboundHandler<HttpObject> {
  private final Pages pages;
  private boolean answering;

  MetricsConnection(Pages pages) {
    this.pages = pages;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext connection, HttpObject part) {
    if (!(part instanceof HttpRequest request)) {
      return;
    }
    if (answering) {
      connection.close();
      return;
    }
    if (request.decoderResult().isFailure()) {
      answer(connection, Pages.UNREADABLE, false, false);
      return;
    }
    boolean head = request.method().equals(HttpMethod.HEAD);
    Pages.Page page =
        head || request.method().equals(HttpMethod.GET)
            ? pages.page(new QueryStringDecoder(request.uri()).path())
            : Pages.READ_ONLY;
    answer(connection, page, head, HttpUtil.isKeepAlive(request));
  }

  private void answer(
      ChannelHandlerContext connection, Pages.Page page, boolean head, boolean keepAlive) {
    byte[] body = page.text().getBytes(StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(page.status()),
            Unpooled.wrappedBuffer(head ? new byte[0] : body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, page.type())
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    HttpUtil.setKeepAlive(response, keepAlive);
    if (page.equals(Pages.READ_ONLY)) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
    }
    answering = true;
    ChannelFuture written = connection.writeAndFlush(response);
    if (keepAlive) {
      written.addListener(done -> answering = false);
    } else {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** A connection that broke, or was too slow, ends: there is nobody to tell. */
  @Override
  public void exceptionCaught(ChannelHandlerContext connection, Throwable cause) {
    connection.close();
  }
}
