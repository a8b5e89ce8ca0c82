package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The conformance cases, which every client runs; docs/write-a-client.md describes them. With
 * {@code -Dgaitway.conformance.write=true} what comes out is written into the cases instead.
 */
@Timeout(120)
class ConformanceTest {
  private static final Path CASES = Path.of("..", "conformance", "cases");
  private static final boolean WRITE = Boolean.getBoolean("gaitway.conformance.write");
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Stream<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(CASES)) {
      List<String> names =
          files
              .map(file -> file.getFileName().toString())
              .filter(n -> n.endsWith(".json"))
              .toList();
      assertFalse(names.isEmpty(), "there are no cases in " + CASES.toAbsolutePath());
      return names.stream().sorted();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theClientConforms(String name) throws IOException {
    Path file = CASES.resolve(name);
    ObjectNode suite = (ObjectNode) MAPPER.readTree(file.toFile());
    try (RealServer server = RealServer.start(Transport.TCP, CASES, 2);
        GaitwayClient client = server.client();
        ConformanceOperations operations = new ConformanceOperations(client)) {
      int number = 0;
      for (JsonNode operation : suite.get("operations")) {
        ObjectNode outcome = operations.run(operation);
        if (operation.path("refused").asBoolean()) {
          assertRefused(name + ", operation " + number, outcome);
        } else if (WRITE) {
          ((ObjectNode) operation).remove(List.of("expect", "error"));
          ((ObjectNode) operation).setAll(outcome);
        } else {
          compare(name + ", operation " + number, operation, outcome);
        }
        number++;
      }
    }
    if (WRITE) {
      Files.writeString(file, MAPPER.writeValueAsString(suite) + "\n");
    }
  }

  /** Who refuses, the client or the server, is left open. */
  private static void assertRefused(String where, ObjectNode outcome) {
    String code = outcome.path("error").path("code").asText();
    assertTrue(
        outcome.path("refused").asBoolean() || code.equals("INVALID_ARGUMENT"),
        where + ": " + outcome);
  }

  /** Everything that the case expects must have come out, to the bit. */
  private static void compare(String where, JsonNode operation, ObjectNode outcome) {
    for (String kind : List.of("expect", "error")) {
      JsonNode expected = operation.path(kind);
      JsonNode actual = outcome.path(kind);
      assertEquals(expected.isObject(), actual.isObject(), where + ": " + outcome);
      for (Map.Entry<String, JsonNode> field : expected.properties()) {
        assertEquals(
            field.getValue(),
            text(actual.path(field.getKey())),
            where + ": " + kind + "." + field.getKey());
      }
    }
  }

  /** As it reads when it has been written: numbers in JSON have no type. */
  private static JsonNode text(JsonNode node) {
    try {
      return MAPPER.readTree(MAPPER.writeValueAsString(node));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
