package io.gaitway.address;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Room for a Unix domain socket that no other user of this machine reaches: a temporary directory
 * that only this one can enter. Closing it, or the end of the process, removes it.
 */
public final class PrivateSocket implements AutoCloseable {
  private static final String PREFIX = "gaitway-";
  private static final String NAME = "socket";

  /** Characters that a temporary directory's name has at most, with those between. */
  private static final int ROOM = 40;

  private final Path directory;
  private final Thread removal = new Thread(this::remove, "gaitway-private-socket");

  private PrivateSocket(Path directory) {
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(removal);
  }

  /** Whether this system's files have owners and permissions. */
  public static boolean isPossible() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  /** Makes the directory. */
  public static PrivateSocket create() throws IOException {
    Path usual = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    int bytes = usual.toString().getBytes(StandardCharsets.UTF_8).length;
    Path above = bytes + ROOM <= Address.Unix.MAX_BYTES ? usual : Path.of("/tmp");
    return new PrivateSocket(
        Files.createTempDirectory(
            above,
            PREFIX,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
  }

  /** Where the socket is to be. */
  public Path path() {
    return directory.resolve(NAME);
  }

  /** Where clients find it. */
  public Address.Unix address() {
    return new Address.Unix(path().toString());
  }

  private void remove() {
    try {
      Files.deleteIfExists(path());
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      System.getLogger(PrivateSocket.class.getName())
          .log(System.Logger.Level.WARNING, "{0} stays: {1}", directory, e.getMessage());
    }
  }

  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException ending) {
      // The process ends, and the hook finds nothing left to do.
    }
  }
}
