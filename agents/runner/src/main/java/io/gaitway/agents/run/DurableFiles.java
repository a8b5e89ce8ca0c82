package io.gaitway.agents.run;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes files such that a crash leaves the old content or the new one, never a part of it. */
public final class DurableFiles {
  /** Ending of files that are being written; whatever carries it is of no value after a crash. */
  static final String TEMPORARY = ".tmp";

  /** Symbolic links after another at which operating systems give up too. */
  private static final int MOST_LINKS = 40;

  private DurableFiles() {}

  /**
   * Writes {@code file}: temporary file, fsync, rename, fsync of the directory. A symbolic link
   * stays one and what it points at is written; a FIFO or a device, which cannot be replaced, takes
   * the content as a stream.
   *
   * @throws FileSystemException if it is a directory
   */
  public static void write(Path file, byte[] content) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory; name a file in it");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      try (OutputStream stream = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
        stream.write(content);
      }
      return;
    }
    replace(target(file), content);
  }

  /** The same, and first makes the folder that the file lies in, if there is none. */
  public static void writeWithFolder(Path file, byte[] content) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    write(file, content);
  }

  /** What a chain of symbolic links ends at, whether it exists or not. */
  private static Path target(Path file) throws IOException {
    if (Files.exists(file)) {
      return file.toRealPath();
    }
    Path target = file;
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  private static void replace(Path file, byte[] content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      try {
        writeFully(channel, content);
        channel.force(true);
      } catch (IOException e) {
        Files.deleteIfExists(temporary);
        throw e;
      }
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
