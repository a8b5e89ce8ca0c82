package io.gaitway.server;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.kqueue.KQueue;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.kqueue.KQueueServerDomainSocketChannel;
import io.netty.channel.kqueue.KQueueServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of all transports: shared by all servers, made for the first, never ended. */
final class EventLoops {
  /** Accept connections. */
  static final EventLoopGroup ACCEPTING = group(1, "gaitway-accept");

  /** Read requests and write answers. */
  static final EventLoopGroup SERVING = group(0, "gaitway-transport");

  private EventLoops() {}

  /** What listens on TCP. */
  static Class<? extends ServerChannel> tcp() {
    if (Epoll.isAvailable()) {
      return EpollServerSocketChannel.class;
    }
    return KQueue.isAvailable() ? KQueueServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** What listens on Unix domain sockets; NIO has none. */
  static Class<? extends ServerChannel> unix() {
    return Epoll.isAvailable()
        ? EpollServerDomainSocketChannel.class
        : KQueueServerDomainSocketChannel.class;
  }

  private static EventLoopGroup group(int threads, String name) {
    IoHandlerFactory io =
        Epoll.isAvailable()
            ? EpollIoHandler.newFactory()
            : KQueue.isAvailable() ? KQueueIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), io);
  }

  /**
   * Runs something when every thread has read what has arrived by now, however late that is: what
   * lay unread in this process while a thread was busy, or while the whole process stood still, has
   * come to its call then.
   */
  static void whenCaughtUp(Runnable then) {
    List<EventExecutor> loops = new ArrayList<>();
    SERVING.forEach(loops::add);
    AtomicInteger left = new AtomicInteger(loops.size());
    Runnable arrived =
        () -> {
          if (left.decrementAndGet() == 0) {
            then.run();
          }
        };
    for (EventExecutor loop : loops) {
      // A loop reads between two rounds of tasks, and a task with a delay is not of the same round.
      loop.execute(() -> loop.schedule(arrived, 1, TimeUnit.MILLISECONDS));
    }
  }
}
