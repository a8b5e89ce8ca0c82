package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Archive, wheel and npm package carry the licence of every library that they bring. */
final class LicencesTest {
  private static final Path LICENSES = Path.of("../cli/src/main/dist/licenses");

  /** What the profile dist takes out of the jars. */
  private static final Pattern IN_JARS =
      Pattern.compile("META-INF/([^/]*|(maven|resources/webjars)/.*/)LICENSE[^/]*");

  private static final Pattern TEST_LIBRARIES =
      Pattern.compile("(apiguardian|archunit|junit|opentest4j).*");

  /** The jars beside ours on the class path, without those of tests alone. */
  private static List<Path> libraries() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar"))
        .map(Path::of)
        .filter(jar -> !jar.getFileName().toString().startsWith("gaitway-"))
        .filter(jar -> !TEST_LIBRARIES.matcher(jar.getFileName().toString()).matches())
        .toList();
  }

  private static boolean holdsItsLicence(Path jar) throws IOException {
    try (ZipFile content = new ZipFile(jar.toFile())) {
      return content.stream().anyMatch(entry -> IN_JARS.matcher(entry.getName()).matches());
    }
  }

  private static List<String> list() throws IOException {
    return Files.readAllLines(LICENSES.resolve("TEXTS.txt"));
  }

  @Test
  void everyLibraryHasItsLicence() throws IOException {
    List<Pattern> listed =
        list().stream()
            .filter(line -> line.startsWith("  "))
            .flatMap(line -> Stream.of(line.strip().split(" ")))
            .map(name -> Pattern.compile(name.replace("*", ".*") + "-[0-9].*"))
            .toList();
    assertFalse(libraries().isEmpty());
    for (Path jar : libraries()) {
      String name = jar.getFileName().toString();
      assertTrue(
          holdsItsLicence(jar) || listed.stream().anyMatch(each -> each.matcher(name).matches()),
          name + " holds no licence; put its text into " + LICENSES + ", and name it in TEXTS.txt");
    }
  }

  @Test
  void everyTextIsThere() throws IOException {
    for (String line : list()) {
      if (line.matches("\\S+: .*")) {
        String text = line.substring(0, line.indexOf(':'));
        // In the archive the licence lies above the others, in the sources at the root.
        Path file = text.equals("../LICENSE") ? Path.of("../../LICENSE") : LICENSES.resolve(text);
        assertTrue(Files.isRegularFile(file), file + " is missing");
      }
    }
  }
}
