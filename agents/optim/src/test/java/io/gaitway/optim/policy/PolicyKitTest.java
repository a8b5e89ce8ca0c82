package io.gaitway.optim.policy;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The conformance kit's policy files, which all clients read with the same verdict. */
class PolicyKitTest {
  private static final Path KIT = Path.of("../../clients/conformance/policies");

  private static JsonNode told(String folder) throws IOException {
    return new ObjectMapper().readTree(KIT.resolve(folder + ".json").toFile());
  }

  private static List<String> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(KIT.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static List<String> good() throws IOException {
    return files("good");
  }

  static List<String> bad() throws IOException {
    return files("bad");
  }

  @Test
  void theKitIsComplete() throws IOException {
    for (String folder : List.of("good", "bad")) {
      assertEquals(
          files(folder), told(folder).propertyStream().map(e -> e.getKey()).sorted().toList());
      assertTrue(files(folder).size() >= 25);
    }
  }

  @ParameterizedTest
  @MethodSource("good")
  void aGoodFileActsWithTheSimulatorsBits(String name, @TempDir Path folder) throws IOException {
    PolicyFile file = PolicyFile.read(KIT.resolve("good").resolve(name));
    requireActions(name, file);
    Path written = folder.resolve(name);
    file.write(written);
    PolicyFile again = PolicyFile.read(written);
    requireActions(name, again);
    assertEquals(file.toJson(), again.toJson());
    assertEquals(file.comment(), again.comment());
    assertArrayEquals(file.policy().controller().std(), again.policy().controller().std());
  }

  private static void requireActions(String name, PolicyFile file) throws IOException {
    JsonNode expected = told("good").get(name);
    Map<String, Double> values = new LinkedHashMap<>();
    expected
        .path("parameters")
        .properties()
        .forEach(entry -> values.put(entry.getKey(), entry.getValue().doubleValue()));
    assertEquals(List.copyOf(values.keySet()), file.policy().controller().parameters());
    Policy policy = file.policy().at(values);
    double[] mu = new double[policy.nu()];
    for (int i = 0; i < expected.get("states").size(); i++) {
      policy.mean(numbers(expected.get("states").get(i)), 0, mu, 0);
      assertArrayEquals(numbers(expected.get("actions").get(i)), mu, name);
    }
  }

  private static double[] numbers(JsonNode list) {
    return list.valueStream().mapToDouble(node -> Double.parseDouble(node.asText())).toArray();
  }

  @ParameterizedTest
  @MethodSource("bad")
  void aBadFileIsRefusedWithItsNameAndField(String name) throws IOException {
    Path path = KIT.resolve("bad").resolve(name);
    IOException e = assertThrows(IOException.class, () -> PolicyFile.read(path));
    String beginning = path + " is not a policy file: " + told("bad").get(name).textValue();
    assertTrue(String.valueOf(e.getMessage()).startsWith(beginning), e.getMessage());
  }

  @Test
  void aFileMayBeLargeButNotHuge(@TempDir Path folder) throws IOException {
    byte[] text = Files.readAllBytes(KIT.resolve("good/small.json"));
    Path path = folder.resolve("policy.json");
    int most = 64 << 20;
    pad(path, text, most);
    assertEquals("swimmer", PolicyFile.read(path).environment());
    pad(path, text, most + 1);
    IOException e = assertThrows(IOException.class, () -> PolicyFile.read(path));
    assertEquals(path + " is not a policy file: it must have at most 64 MiB", e.getMessage());
  }

  private static void pad(Path path, byte[] text, int size) throws IOException {
    byte[] spaces = new byte[size - text.length];
    Arrays.fill(spaces, (byte) ' ');
    try (OutputStream out = Files.newOutputStream(path)) {
      out.write(text);
      out.write(spaces);
    }
  }

  @Test
  void aTextAndANumberMayBeLong() throws IOException {
    String text = Files.readString(KIT.resolve("good/everything.json"));
    String comment = "x".repeat(25_000_000);
    String long1 = text.replace("Everything that format 2 has.", comment);
    assertEquals(comment, PolicyFile.parse(long1).comment());
    String long2 = text.replace("\"limit\": 5.0", "\"limit\": 0." + "3".repeat(1_000_000));
    assertEquals(
        1.0 / 3, requireNonNull(PolicyFile.parse(long2).policy().controller().scaling()).limit());
  }
}
