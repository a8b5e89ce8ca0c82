package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyFileTest {
  private static final List<String> STATES = List.of("root_x", "angle", "bend", "speed", "spin");

  private static EnvironmentInfo environment(String id, List<String> states, String digest) {
    return new EnvironmentInfo(
        id,
        "3",
        digest,
        "",
        states.stream()
            .map(name -> new EnvironmentInfo.StateEntry(name, "1", false, -1, 1))
            .toList(),
        List.of(
            new EnvironmentInfo.ActionEntry("left", "N m", -1, 1),
            new EnvironmentInfo.ActionEntry("right", "N m", -1, 1)),
        Problems.INPUTS,
        0.05,
        1,
        "none",
        1,
        List.of(),
        List.of(),
        new EnvironmentInfo.InitialState(List.of(), List.of()),
        "",
        0,
        List.of(),
        List.of(),
        List.of(),
        null,
        null);
  }

  private static PolicyFile file() {
    return PolicyFile.of(Problems.policy(new Random(61), 3), environment("fish", STATES, "abc"));
  }

  @Test
  void readsBackToTheBit(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("policy.json");
    Files.writeString(path, "an older file");
    PolicyFile written = file();
    written.write(path);
    PolicyFile read = PolicyFile.read(path);
    assertArrayEquals(written.policy().W1, read.policy().W1);
    assertArrayEquals(written.policy().b1, read.policy().b1);
    assertArrayEquals(written.policy().W2, read.policy().W2);
    assertArrayEquals(written.policy().b2, read.policy().b2);
    assertArrayEquals(written.policy().std, read.policy().std);
    assertEquals(Problems.INPUTS, read.policy().inputList());
    assertEquals("fish", read.environment());
    assertEquals("3", read.environmentVersion());
    assertEquals("abc", read.modelDigest());
    assertEquals(STATES, read.stateNames());
    assertEquals(List.of("left", "right"), read.actionNames());
    assertEquals(written.toJson(), read.toJson());
    try (var files = Files.list(directory)) {
      assertEquals(List.of(path), files.toList());
    }
  }

  /** Each edit makes the text wrong in one place; the message must name it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"gaitway-policy\"       | \"other\"             | format",
        "\"format_version\" : 1   | \"format_version\" : 2 | format_version",
        "\"softplus\"             | \"tanh\"              | layers[0].activation",
        "\"linear\"               | \"softplus\"          | layers[1].activation",
        "\"index\" : 4            | \"index\" : 3         | inputs",
        "\"index\" : 4            | \"index\" : 40        | inputs",
        "\"std\" : [              | \"std\" : [ 1.0,      | std must have length 2",
        "\"std\" : [              | \"std\" : [ \"a\",    | std[0]",
        "\"model_digest\"         | \"digest\"            | model_digest",
        "\"W\" : [ [              | \"W\" : [ [ 1.0,      | layers[0].W[0] must have 3 entries",
        "\"W\" : [ [              | \"W\" : [ [1,2,3], [  | layers[0].W must have 3 rows",
        "\"root_x\"               | 5                     | states",
      })
  void namesTheFieldAtFault(String from, String to, String message) {
    String json = file().toJson();
    assertTrue(json.contains(from), json);
    String edited = json.replaceFirst(java.util.regex.Pattern.quote(from), to);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> PolicyFile.parse(edited));
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
  }

  @Test
  void namesTheFileThatIsNotOne(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("policy.json");
    Files.writeString(path, "{\"format\": ");
    IOException e = assertThrows(IOException.class, () -> PolicyFile.read(path));
    assertTrue(String.valueOf(e.getMessage()).contains("policy.json"));
    Files.writeString(path, "{}");
    e = assertThrows(IOException.class, () -> PolicyFile.read(path));
    assertTrue(String.valueOf(e.getMessage()).contains("field format is missing"));
  }

  @Test
  void knowsWhichEnvironmentsItFits() {
    PolicyFile file = file();
    EnvironmentInfo same = environment("fish", STATES, "abc");
    file.requireFits(same);
    assertTrue(file.sameDynamics(same));
    EnvironmentInfo heavier = environment("fish", STATES, "def");
    file.requireFits(heavier);
    assertFalse(file.sameDynamics(heavier));
    assertThrows(
        IllegalArgumentException.class, () -> file.requireFits(environment("bird", STATES, "abc")));
    List<String> other = List.of("root_x", "angle", "bend", "spin", "speed");
    assertThrows(
        IllegalArgumentException.class, () -> file.requireFits(environment("fish", other, "abc")));
  }
}
