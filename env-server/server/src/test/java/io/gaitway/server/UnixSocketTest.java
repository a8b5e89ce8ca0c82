package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.sim.task.Environments;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.kqueue.KQueueDomainSocketChannel;
import io.netty.channel.kqueue.KQueueIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Unix domain sockets, and what a server never takes over. */
@Timeout(60)
class UnixSocketTest {
  @Test
  void aUnixSocketServesAndIsReplacedOnlyWhenStale(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("gaitway.sock");
    for (int round = 0; round < 2; round++) {
      GaitwayServer server =
          GaitwayServer.builder(Environments.load()).start(Transports.unix(path));
      try (Rig rig = Rig.on(server, unixChannel(path))) {
        Session session = rig.session(CreateSessionRequest.newBuilder());
        assertEquals(1, rig.environments.step(Rig.step(session, 0, 0)).getStep());
        assertThrows(IOException.class, () -> Transports.unix(path), "somebody listens there");
      }
    }
    Path file = Files.writeString(directory.resolve("notes.txt"), "no socket");
    assertThrows(IOException.class, () -> Transports.unix(file));
    assertTrue(Files.exists(file));
  }

  private static NettyChannelBuilder unixChannel(Path path) {
    boolean epoll = Epoll.isAvailable();
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(path.toFile()))
        .channelType(epoll ? EpollDomainSocketChannel.class : KQueueDomainSocketChannel.class)
        .eventLoopGroup(
            new MultiThreadIoEventLoopGroup(
                1, epoll ? EpollIoHandler.newFactory() : KQueueIoHandler.newFactory()))
        .usePlaintext();
  }

  private static String refusal(Path path) {
    return String.valueOf(
        assertThrows(IOException.class, () -> Transports.unix(path)).getMessage());
  }

  @Test
  void whatIsNoSocketIsLeftAlone(@TempDir Path directory) throws Exception {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).inheritIO().start().waitFor());
    Path link = Files.createSymbolicLink(directory.resolve("link"), fifo);
    Path dangling =
        Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("nothing"));
    for (Path path : List.of(fifo, link, dangling, directory)) {
      assertEquals(path + " exists and is not a socket; choose another path", refusal(path));
      assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
    }
  }

  @Test
  void aLinkToALiveSocketIsLeftAlone(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("live.sock");
    Path link = Files.createSymbolicLink(directory.resolve("link.sock"), path);
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path));
      assertEquals(link + " exists and is not a socket; choose another path", refusal(link));
    }
  }

  @Test
  void aServerThatHasStoppedAcceptingIsNotTakenOver(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("busy.sock");
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path), 1);
      boolean room = true;
      while (room) {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        waiting.add(channel);
        channel.configureBlocking(false);
        try {
          room = channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException full) {
          room = false;
        }
      }
      assertTrue(refusal(path).contains(path.toString()));
      assertTrue(Files.exists(path));
      for (SocketChannel channel : waiting) {
        channel.close();
      }
    }
    // Nobody listens any more.
    assertNotNull(Transports.unix(path));
    assertFalse(Files.exists(path));
  }

  @Test
  void pathsThatCannotBeUsedAreCalledSo(@TempDir Path directory) {
    Path tooLong = directory.resolve("s".repeat(120));
    int length = tooLong.toString().length();
    assertEquals(
        "%s is too long for a Unix domain socket: %d bytes, of at most %d; choose a shorter path"
            .formatted(tooLong, length, Epoll.isAvailable() ? 107 : 103),
        refusal(tooLong));
    Path nowhere = directory.resolve("missing").resolve("a.sock");
    assertEquals(
        "the directory of the socket %s does not exist; make it first".formatted(nowhere),
        refusal(nowhere));
  }
}
