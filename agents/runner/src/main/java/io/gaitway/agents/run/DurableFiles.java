package io.gaitway.agents.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files such that a crash leaves the old content or the new one, never a part of it. */
public final class DurableFiles {
  /** Ending of files that are being written; whatever carries it is of no value after a crash. */
  static final String TEMPORARY = ".tmp";

  private DurableFiles() {}

  /** Replaces {@code file}: temporary file, fsync, rename, fsync of the directory. */
  public static void write(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, content);
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      syncDirectory(directory);
    }
  }

  static void writeFully(FileChannel channel, byte[] content) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void syncDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems do not open directories; there the rename is durable without it or not at all.
      System.getLogger(DurableFiles.class.getName())
          .log(System.Logger.Level.DEBUG, "directory {0} cannot be synced: {1}", directory, e);
    }
  }
}
