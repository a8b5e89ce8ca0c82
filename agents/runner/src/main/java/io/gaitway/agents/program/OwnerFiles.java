package io.gaitway.agents.program;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Opens files that only their owner may read and write, where the system knows such rights. */
final class OwnerFiles {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private OwnerFiles() {}

  /** Writes a file anew. */
  static OutputStream write(Path file) throws IOException {
    return open(file, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /** Writes behind what is in a file. */
  static OutputStream append(Path file) throws IOException {
    return open(file, StandardOpenOption.APPEND);
  }

  private static OutputStream open(Path file, OpenOption how) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
    FileAttribute<?>[] rights =
        posix
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER)}
            : new FileAttribute<?>[0];
    OutputStream stream = Channels.newOutputStream(Files.newByteChannel(file, options, rights));
    // One that was there keeps its rights otherwise; a FIFO or a device has its own.
    if (posix && Files.isRegularFile(file)) {
      Files.setPosixFilePermissions(file, OWNER);
    }
    return stream;
  }
}
