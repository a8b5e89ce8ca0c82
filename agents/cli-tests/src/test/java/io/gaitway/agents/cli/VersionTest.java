package io.gaitway.agents.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.client.GaitwayClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The version stands in the pom.xml at the root, and nothing else says another. */
final class VersionTest {
  private static final Path ROOT = Path.of("../..");

  private static final String VERSION = GaitwayVersion.program();

  @Test
  void thePomSaysIt() throws Exception {
    assertFound("pom.xml", "<artifactId>gaitway</artifactId>\\s*<version>([^<]+)</version>");
    assertFound("agents/example/pom.xml", "<gaitway.version>([^<]+)</gaitway.version>");
  }

  @Test
  void theServerSaysTheSame() {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      assertEquals("gaitway " + VERSION, client.serverInfo().server());
    }
  }

  @Test
  void theNpmPackageSaysTheSame() throws Exception {
    ObjectMapper json = new ObjectMapper();
    Path npm = ROOT.resolve("clients/typescript");
    JsonNode lock = json.readTree(npm.resolve("package-lock.json").toFile());
    assertEquals(
        VERSION, json.readTree(npm.resolve("package.json").toFile()).get("version").asText());
    assertEquals(VERSION, lock.get("version").asText());
    assertEquals(VERSION, lock.at("/packages//version").asText());
    assertFound("clients/typescript/src/version.ts", "version = \"([^\"]+)\"");
  }

  @Test
  void theGoModuleSaysTheSame() throws Exception {
    assertFound("clients/go/doc.go", "const Version = \"([^\"]+)\"");
  }

  @Test
  void theInstructionsSayTheSame() throws Exception {
    assertFound("clients/go/README.md", "clients/go@v([0-9.]+)");
    assertFound("clients/typescript/README.md", "gaitway-([0-9.]+)\\.t");
    assertFound("docs/installing.md", "<version>([^<]+)</version>");
    assertFound("docs/installing.md", "gaitway-([0-9.]+)-py3");
    assertFound("docs/installing.md", "gaitway-([0-9.]+)\\.t");
  }

  /** Every place where a pattern is found names this version, and there is one. */
  private static void assertFound(String file, String pattern) throws Exception {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(ROOT.resolve(file)));
    int found = 0;
    while (matcher.find()) {
      assertEquals(VERSION, matcher.group(1), file);
      found++;
    }
    assertTrue(found > 0, file + " has nothing like " + pattern);
  }
}
