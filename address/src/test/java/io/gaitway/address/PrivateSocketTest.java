package io.gaitway.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Rooms for sockets that other users cannot enter. */
class PrivateSocketTest {
  @Test
  void nobodyElseCanEnterAndNothingStays() throws Exception {
    Path directory;
    try (PrivateSocket one = PrivateSocket.create();
        PrivateSocket other = PrivateSocket.create()) {
      assertNotEquals(one.path(), other.path());
      directory = Objects.requireNonNull(one.path().getParent());
      assertTrue(Files.isDirectory(directory));
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
      Files.createFile(one.path());
      assertEquals("unix:" + one.path(), one.address().toString());
    }
    assertFalse(Files.exists(directory));
  }

  @Test
  void aLongTemporaryDirectoryIsNotTaken() throws Exception {
    String usual = System.getProperty("java.io.tmpdir");
    Path deep = Files.createDirectory(Path.of(usual, "d".repeat(100)));
    System.setProperty("java.io.tmpdir", deep.toString());
    try (PrivateSocket socket = PrivateSocket.create()) {
      assertTrue(socket.path().startsWith("/tmp"), socket.path().toString());
    } finally {
      System.setProperty("java.io.tmpdir", usual);
      Files.delete(deep);
    }
  }
}
