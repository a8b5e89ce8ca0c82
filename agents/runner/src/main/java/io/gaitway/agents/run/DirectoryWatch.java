package io.gaitway.agents.run;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a directory that a process works in is still there. Files that are open can be
 * written after their directory is gone, and directories are easily made again in the place of one
 * that somebody removed on purpose; who asks here first does neither.
 */
public final class DirectoryWatch implements AutoCloseable {
  private final Path path;
  private final @Nullable Object key;

  // Keeps the file system from giving the key to another directory.
  private final @Nullable FileChannel pin;

  private DirectoryWatch(Path path, @Nullable Object key, @Nullable FileChannel pin) {
    this.path = path;
    this.key = key;
    this.pin = pin;
  }

  /**
   * Begins to watch a directory.
   *
   * @throws IOException if there is none
   */
  public static DirectoryWatch of(Path path) throws IOException {
    @Nullable FileChannel pin = open(path);
    return new DirectoryWatch(path, key(path), pin);
  }

  private static @Nullable FileChannel open(Path path) {
    try {
      return FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      return null; // Not every system opens directories.
    }
  }

  private static @Nullable Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Whether the directory is there, and the same as at the beginning. */
  public boolean isThere() {
    try {
      return Files.isDirectory(path) && Objects.equals(key, key(path));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Checks that the directory is there, and the same as at the beginning.
   *
   * @throws IOException if it was removed, moved or replaced
   */
  public void requireThere() throws IOException {
    if (!isThere()) {
      throw gone(null);
    }
  }

  /** What to say of a failed access to a file in the directory: that this is gone, if it is. */
  public IOException explain(IOException fault) {
    return isThere() ? fault : gone(fault);
  }

  private IOException gone(@Nullable IOException cause) {
    return new IOException(
        "the directory "
            + path
            + " was removed or replaced while this command was working in it; the command has"
            + " stopped and writes nothing more there",
        cause);
  }

  @Override
  public void close() throws IOException {
    if (pin != null) {
      pin.close();
    }
  }
}
