package io.gaitway.server.evaluation;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The file of a database of evaluations, and those that SQLite keeps beside it. They hold keys of
 * evaluations, so only their owner may read them, and enter a directory that was made for them.
 */
public final class StoreFile {
  private static final Set<PosixFilePermission> OWNER_FILE =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  /** Who may use a file at the same time. */
  public enum Use {
    /** Nobody else: a server, which knows what is under way and how much is stored. */
    ALONE,
    /** Programs that say the same: commands that evaluate one controller each, or look. */
    SHARED
  }

  private final String name;
  private final Path path;

  private StoreFile(String name, Path path) {
    this.name = name;
    this.path = path;
  }

  /** Makes the file, its lock and the folders above them, where they are not there. */
  static StoreFile prepare(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder, attributes(folder, OWNER_DIRECTORY));
      }
      make(file);
      Path path = file.toRealPath();
      make(beside(path, StoreLock.SUFFIX));
      return new StoreFile(file.toString(), path);
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Cause.FAILING,
          "the file %s cannot be made: %s".formatted(file, reason(e)),
          e);
    }
  }

  private static void make(Path file) throws IOException {
    try {
      Files.createFile(file, attributes(file, OWNER_FILE));
    } catch (FileAlreadyExistsException e) {
      // It is there, or another process has made it.
    }
  }

  private static Path beside(Path path, String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return isPosix(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  /** Why a file cannot be used, in words. */
  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException denied) {
      return "access to " + denied.getFile() + " is denied";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + " is not a directory";
    }
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + " does not exist";
    }
    return String.valueOf(e.getMessage());
  }

  /** What messages call it: its path as it was given. */
  String name() {
    return name;
  }

  /** Where SQLite finds it: a URI, in which no character of the path can mean something else. */
  String uri() {
    return path.toUri().toString();
  }

  /** Where SQLite finds a file beside it. */
  String uri(String suffix) {
    return beside(path, suffix).toUri().toString();
  }

  /** Takes rights from others that were given before, on files that are there. */
  void keepFromOthers() {
    if (!isPosix(path)) {
      return;
    }
    try {
      for (String suffix : new String[] {"", "-wal", "-shm", StoreLock.SUFFIX}) {
        Path file = beside(path, suffix);
        if (Files.exists(file) && !Files.getPosixFilePermissions(file).equals(OWNER_FILE)) {
          Files.setPosixFilePermissions(file, OWNER_FILE);
        }
      }
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Cause.FAILING,
          "%s cannot be kept from other users: %s".formatted(name, reason(e)),
          e);
    }
  }
}
