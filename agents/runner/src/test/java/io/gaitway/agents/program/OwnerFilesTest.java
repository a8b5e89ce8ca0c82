package io.gaitway.agents.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Who may read what programs print. */
class OwnerFilesTest {
  @TempDir Path folder = Path.of("unset");

  private static void print(OutputStream file, String text) throws Exception {
    try (file) {
      file.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no permissions there")
  void onlyTheOwnerMayRead() throws Exception {
    Path log = Files.writeString(folder.resolve("log"), "what was there before");
    Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-r--r--"));
    print(OwnerFiles.write(log), "one, ");
    print(OwnerFiles.append(log), "two");
    assertEquals("one, two", Files.readString(log));
    for (Path file : new Path[] {log, folder.resolve("new")}) {
      print(OwnerFiles.append(file), "");
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }
}
