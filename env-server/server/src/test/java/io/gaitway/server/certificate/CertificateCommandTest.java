package io.gaitway.server.certificate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command makes, and the names that it refuses. */
class CertificateCommandTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void theAuthorityIsMadeOnceAndVouchesForTheRest() throws Exception {
    Lab lab = Lab.in(directory.resolve("tls"));
    PemFiles files = new PemFiles(lab.directory());
    X509Certificate authority = files.read("ca").certificate();
    lab.run("--server", "robot.lab", "--server", "::1", "--days", "30");
    assertEquals(authority, files.read("ca").certificate());
    X509Certificate server = files.read("server").certificate();
    server.verify(authority.getPublicKey());
    files.read("client-ann").certificate().verify(authority.getPublicKey());
    assertEquals(
        List.of(List.of(2, "robot.lab"), List.of(7, "0:0:0:0:0:0:0:1")),
        List.copyOf(server.getSubjectAlternativeNames()));
    for (String key : List.of("ca-key.pem", "server-key.pem", "client-ann-key.pem")) {
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(lab.file(key))));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--client, ../../root",
    "--client, a/b",
    "--client, .hidden",
    "--client, ''",
    "--server, ../server",
    "--server, two words",
    "--server, 'robot.lab,CN=other'",
    "--server, ''",
    "--days, 0",
    "--days, 100000"
  })
  void otherNamesAreRefused(String option, String value) {
    Lab lab = new Lab(directory.resolve("tls"));
    String said = lab.run(option, value);
    assertTrue(said.startsWith(option + " must be "), said);
    assertFalse(Files.exists(lab.directory()));
  }
}
