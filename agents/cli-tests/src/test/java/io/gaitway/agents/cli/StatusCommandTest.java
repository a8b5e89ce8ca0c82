package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.client.GaitwayClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code status}. */
@Timeout(120)
class StatusCommandTest {
  @Test
  void theStatusOfAServerIsShown() throws Exception {
    try (EmbeddedServer server = EmbeddedServer.startForProcesses();
        GaitwayClient client = server.client()) {
      String address = "--server=" + client.target();
      Program.Outcome outcome = Program.run("status", address);
      assertEquals(0, outcome.code(), outcome.err());
      assertTrue(outcome.out().startsWith("server       gaitway 0.1.0, up "), outcome.out());
      assertTrue(outcome.out().contains("0 of at most 1024, with 0 environments"), outcome.out());
      JsonNode json = Program.run("status", address, "--json").json();
      assertEquals(0, json.get("session_steps_per_second").asDouble());
      assertEquals(1024, json.get("max_sessions").asInt());
    }
  }

  @Test
  void aServerThatIsNotThereIsSaidInOneLine() {
    Program.run("status", "--server=127.0.0.1:1")
        .assertFault(Gaitway.FAILURE, ".*127\\.0\\.0\\.1:1.*");
  }
}
