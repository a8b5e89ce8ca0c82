package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Suites that come with their environments. */
class SuiteFilesTest {
  private static final String HOPS =
      """
      {"id": "hops", "description": "Hop.", "environment": "hopper", "variants": [{}, {"mass": 2}],
       "episodes": 3, "seed": 18446744073709, "initial_state_std": 0.1}""";

  @TempDir Path directory;

  @Test
  void theSimulatorsOwnAreThere() {
    List<String> ids =
        SuiteFiles.load(SuiteFilesTest.class.getClassLoader()).stream()
            .map(SuiteModel.Definition::id)
            .toList();
    assertTrue(ids.containsAll(List.of("swimmer-still", "walker-varied")), ids.toString());
  }

  @Test
  void everyJarMayHaveItsOwn() throws IOException {
    List<SuiteModel.Definition> suites =
        load("[" + HOPS + "]", "[" + HOPS.replace("hops", "jumps") + "]");
    assertEquals(
        List.of("hops", "jumps"), suites.stream().map(SuiteModel.Definition::id).sorted().toList());
    assertEquals(
        new SuiteModel.Definition(
            "hops",
            "Hop.",
            "hopper",
            List.of(Map.of(), Map.of("mass", 2.0)),
            3,
            18446744073709L,
            0.1),
        suites.stream().filter(suite -> suite.id().equals("hops")).findFirst().orElseThrow());
  }

  @Test
  void faultyFilesAreRefusedByName() {
    for (String fault :
        List.of(
            "[",
            "{}",
            "[" + HOPS + "] []",
            "[" + HOPS.replace("\"episodes\": 3", "\"episodes\": 3.5") + "]",
            "[" + HOPS.replace("\"episodes\": 3", "\"episodes\": null") + "]",
            "[" + HOPS.replace("\"episodes\": 3,", "") + "]",
            "[" + HOPS.replace("seed", "sede") + "]")) {
      String message =
          assertThrows(IllegalStateException.class, () -> load(fault), fault).getMessage();
      assertTrue(
          String.valueOf(message)
              .matches(
                  "(?s)the suites in file:.*/0/META-INF/gaitway/suites.json cannot be read: .*"),
          message);
    }
    String twins =
        assertThrows(IllegalStateException.class, () -> load("[" + HOPS + "]", "[" + HOPS + "]"))
            .getMessage();
    assertTrue(String.valueOf(twins).startsWith("two suites are called 'hops', in file:"), twins);
  }

  /** Loads from folders without the class path of the tests behind them. */
  private List<SuiteModel.Definition> load(String... files) throws IOException {
    URL[] roots = new URL[files.length];
    for (int i = 0; i < files.length; i++) {
      Path root = directory.resolve(Integer.toString(i));
      Path file = root.resolve(SuiteFiles.RESOURCE);
      Files.createDirectories(file.getParent());
      Files.writeString(file, files[i]);
      roots[i] = root.toUri().toURL();
    }
    try (URLClassLoader loader = new URLClassLoader(roots, null)) {
      return SuiteFiles.load(loader);
    }
  }
}
