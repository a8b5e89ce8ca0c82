package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Where other processes find the embedded server, and where other users do not. */
class EmbeddedServerTest {
  private static Path privateDirectory(String address) throws IOException {
    assertTrue(address.startsWith("unix:"), address);
    Path directory = Objects.requireNonNull(Path.of(address.substring(5)).getParent());
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
    return directory;
  }

  @Test
  void processesOfThisUserReachItAndOthersDoNot() throws Exception {
    Path shared;
    Path offered;
    try (EmbeddedServer server = EmbeddedServer.startForProcesses();
        GaitwayClient client = server.client()) {
      shared = privateDirectory(client.target());
      String controllers = server.offerToControllers();
      offered = privateDirectory(controllers);
      assertNotEquals(shared, offered);
      try (GaitwayClient controller = GaitwayClient.connect(controllers)) {
        assertEquals(client.evaluations().suites(), controller.evaluations().suites());
      }
    }
    assertFalse(Files.exists(shared));
    assertFalse(Files.exists(offered));
  }
}
