package io.gaitway.agents;

import io.gaitway.client.GaitwayClient;
import io.gaitway.server.GaitwayServer;
import io.gaitway.sim.task.Environments;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The real server with all environments, inside the tests' process. */
public final class LocalServer implements AutoCloseable {
  private final String name = InProcessServerBuilder.generateName();
  private final GaitwayServer server;

  private LocalServer() throws IOException {
    server =
        GaitwayServer.builder(Environments.load())
            .reflection(false)
            .start(InProcessServerBuilder.forName(name));
  }

  public static LocalServer start() {
    try {
      return new LocalServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new client; it is to be closed before the server. */
  public GaitwayClient client() {
    return GaitwayClient.builder().inProcess(name).build();
  }

  @Override
  public void close() {
    server.close();
  }
}
