package io.gaitway.agents.cli;

import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.client.GaitwayClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says where the simulator is. */
final class ServerChoice {
  @Option(
      names = "--server",
      paramLabel = "ADDRESS",
      description = {
        "Server to use: host:port, unix:PATH, or with TLS"
            + " tls://host:port[?ca=FILE&cert=FILE&key=FILE&server_name=NAME&token_file=FILE];"
            + " default: a server inside the program."
      })
  private @Nullable String server;

  /** The address, or {@link RunConfig#EMBEDDED}. */
  String name() {
    return server == null ? RunConfig.EMBEDDED : server;
  }

  /** Connects; the embedded server starts on the way. */
  Connection connect() {
    return connect(false);
  }

  /** The same with a time for each call, in which alone it has to end; null for the default. */
  Connection connect(@Nullable Duration timeout) {
    return server == null || timeout == null ? connect() : connect(server, timeout);
  }

  /**
   * Connects; the embedded server starts on the way.
   *
   * @param shared whether other processes have to reach the server too
   */
  Connection connect(boolean shared) {
    if (server == null) {
      EmbeddedServer embedded =
          shared ? EmbeddedServer.startForProcesses() : EmbeddedServer.start();
      return new Connection(embedded.client(), embedded);
    }
    return connect(server);
  }

  /**
   * The same with evaluations in a file, if the server is the embedded one.
   *
   * @throws IOException if the file cannot be used
   */
  Connection connect(Path evaluations) throws IOException {
    if (server == null) {
      EmbeddedServer embedded = EmbeddedServer.start(evaluations);
      return new Connection(embedded.client(), embedded);
    }
    return connect(server);
  }

  /** Connects to a server that is there. */
  static Connection connect(String server) {
    return connect(server, null);
  }

  private static Connection connect(String server, @Nullable Duration timeout) {
    GaitwayClient.Builder client = GaitwayClient.builder();
    if (timeout != null) {
      client.deadline(timeout);
    }
    try {
      return new Connection(client.target(server).build(), null);
    } catch (IllegalArgumentException e) {
      throw new SettingException("--server: " + e.getMessage());
    }
  }

  /** A client, and the server that was started for it, if any. */
  record Connection(GaitwayClient client, @Nullable EmbeddedServer embedded)
      implements AutoCloseable {

    /** Where controllers in other processes find the server, as an endpoint's text. */
    String controllerAddress() throws IOException {
      return embedded == null ? client.targetElsewhere() : embedded.offerToControllers();
    }

    @Override
    public void close() {
      client.close();
      if (embedded != null) {
        embedded.close();
      }
    }
  }
}
