package io.gaitway.agents.program;

import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An agent in a process of its own, before it trains. */
@Timeout(60)
class AgentProgramTest {
  @Test
  void anAgentWithoutAHandshakeIsGivenUp() throws IOException {
    try (AgentProgram agent =
        AgentProgram.start(rogue("mute"), Duration.ofHours(1), (simulator, T) -> fail())) {
      AgentFault fault =
          assertThrows(AgentFault.class, () -> agent.connect(Duration.ofMillis(100)));
      assertTrue(
          String.valueOf(fault.getMessage())
              .contains("did not print its address within 0.1 s, as a line such as"),
          fault.toString());
    }
  }
}
