package io.gaitway.agents.run;

import io.gaitway.client.GaitwayClient;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.ServeCommand;
import io.gaitway.sim.env.Environments;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A server inside this process, for commands that are not told of another one; the only class of
 * the agents that knows the server. Its answers have the same bits as those over a network.
 */
public final class EmbeddedServer implements AutoCloseable {
  private final GaitwayServer server;
  private final String name;

  private EmbeddedServer(GaitwayServer server, String name) {
    this.server = server;
    this.name = name;
  }

  /** Starts a server with all environments on the class path. */
  public static EmbeddedServer start() {
    String name = InProcessServerBuilder.generateName();
    try {
      return new EmbeddedServer(
          GaitwayServer.builder(Environments.load())
              .reflection(false)
              .start(InProcessServerBuilder.forName(name)),
          name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new client of the server; it is to be closed before the server. */
  public GaitwayClient client() {
    return GaitwayClient.builder().inProcess(name).build();
  }

  /** The command that serves the environments to other processes. */
  static Object serveCommand() {
    return new ServeCommand();
  }

  @Override
  public void close() {
    server.close();
  }
}
