package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same request gives the same bits interpreted, compiled by either compiler, and on other JDKs:
 * those whose homes the environment variable {@code GAITWAY_TEST_JDKS} lists like a path.
 */
@Timeout(300)
class AcrossJvmsTest {
  @Tag("all")
  @Test
  void interpretedAndCompiledRunsAgree() throws Exception {
    String expected = DigestMain.digest();
    String java = System.getProperty("java.home");
    assertEquals(expected, digest(java, "-Xint"));
    assertEquals(expected, digest(java, "-XX:TieredStopAtLevel=1"));
    assertEquals(expected, digest(java, "-XX:-TieredCompilation"));
  }

  @Test
  void otherJdksAgree() throws Exception {
    List<String> homes = new ArrayList<>(List.of(System.getProperty("java.home")));
    String listed = System.getenv("GAITWAY_TEST_JDKS");
    if (listed != null) {
      homes.addAll(List.of(listed.split(File.pathSeparator)));
    }
    String expected = DigestMain.digest();
    for (String home : homes) {
      assertEquals(expected, digest(home, "-Xshare:auto"), home);
    }
  }

  private static String digest(String home, String flag) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(home, "bin", "java").toString(),
                flag,
                "-cp",
                System.getProperty("java.class.path"),
                DigestMain.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(0, process.exitValue(), out);
      return out.lines()
          .filter(line -> line.startsWith("digest "))
          .findFirst()
          .orElseThrow()
          .substring("digest ".length());
    } finally {
      process.destroyForcibly();
    }
  }
}
