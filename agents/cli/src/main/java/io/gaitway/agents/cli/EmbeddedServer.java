package io.gaitway.agents.cli;

import io.gaitway.client.GaitwayClient;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.ServeCommand;
import io.gaitway.server.TokenCommand;
import io.gaitway.server.Transports;
import io.gaitway.server.access.Access;
import io.gaitway.server.certificate.CertificateCommand;
import io.gaitway.server.evaluation.StoreFile;
import io.gaitway.sim.task.Environments;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Supplier;

/**
 * A server inside this process, used when {@code --server} is not given; the only class of the
 * agents that knows the server. Its answers have the same bits as those over a network.
 */
public final class EmbeddedServer implements AutoCloseable {
  private final GaitwayServer server;
  private final Supplier<GaitwayClient.Builder> clients;

  private EmbeddedServer(GaitwayServer server, Supplier<GaitwayClient.Builder> clients) {
    this.server = server;
    this.clients = clients;
  }

  /** Starts a server with all environments on the class path. */
  public static EmbeddedServer start() {
    try {
      return inProcess(GaitwayServer.builder(Environments.load()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The same, with evaluations kept in a file, which other commands may use too.
   *
   * @throws IOException if the file cannot be used
   */
  static EmbeddedServer start(Path evaluations) throws IOException {
    return inProcess(
        GaitwayServer.builder(Environments.load()).evaluations(evaluations, StoreFile.Use.SHARED));
  }

  /** The same, but on a loopback address, so that other processes of this machine reach it. */
  static EmbeddedServer startOnLoopback() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      GaitwayServer server =
          GaitwayServer.builder(Environments.load())
              .reflection(false)
              .start(Transports.tcp(new InetSocketAddress(loopback, 0)));
      String target = loopback.getHostAddress() + ":" + server.port();
      return new EmbeddedServer(server, () -> GaitwayClient.builder().target(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static EmbeddedServer inProcess(GaitwayServer.Builder builder) throws IOException {
    String name = InProcessServerBuilder.generateName();
    return new EmbeddedServer(
        builder.reflection(false).start(InProcessServerBuilder.forName(name)),
        // A program that was stopped for a while, with Ctrl-Z say, waits for itself.
        () -> GaitwayClient.builder().inProcess(name).deadline(ChronoUnit.FOREVER.getDuration()));
  }

  /**
   * Lets controllers in other processes in: on a port of this machine, for the evaluation service
   * and nothing else.
   *
   * @return the address, host:port
   */
  String offerToControllers() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port =
        server.offerToControllers(
            Transports.tcp(new InetSocketAddress(loopback, 0)), Access.local());
    return loopback.getHostAddress() + ":" + port;
  }

  /** A new client of the server; it is to be closed before the server. */
  public GaitwayClient client() {
    return clients.get().build();
  }

  /** The commands of whoever runs a server. */
  static List<Object> serverCommands() {
    return List.of(new ServeCommand(), new TokenCommand(), new CertificateCommand());
  }

  @Override
  public void close() {
    server.close();
  }
}
