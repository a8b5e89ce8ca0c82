package io.gaitway.client;

import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.Environments;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.UUID;

/** A Gaitway server on one transport, with a client of it. */
record RealServer(GaitwayServer server, GaitwayClient.Builder settings) implements AutoCloseable {

  /** The ways from a client to a server. */
  enum Transport {
    IN_PROCESS,
    TCP,
    UNIX
  }

  /**
   * Starts a server.
   *
   * @param folder for a socket
   * @param threads worker threads
   */
  static RealServer start(Transport transport, Path folder, int threads) throws IOException {
    GaitwayServer.Builder builder =
        GaitwayServer.builder(Environments.load())
            .options(ServerOptions.defaults().withThreads(threads));
    GaitwayClient.Builder client = GaitwayClient.builder();
    String name = UUID.randomUUID().toString();
    return switch (transport) {
      case IN_PROCESS ->
          new RealServer(
              builder.start(InProcessServerBuilder.forName(name)), client.inProcess(name));
      case TCP -> {
        GaitwayServer server =
            builder.start(
                Transports.tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        yield new RealServer(server, client.target("127.0.0.1:" + server.port()));
      }
      case UNIX -> {
        Path socket = folder.resolve(name.substring(0, 8) + ".sock");
        yield new RealServer(
            builder.start(Transports.unix(socket)), client.target("unix:" + socket));
      }
    };
  }

  GaitwayClient client() {
    return settings.build();
  }

  @Override
  public void close() {
    server.close();
  }
}
