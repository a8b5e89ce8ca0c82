package io.gaitway.server.access;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of a server, kept as hashes in a file that only its owner can read. Every change
 * replaces the file as a whole, so that whoever reads it finds all of it.
 */
public final class TokenFile {
  private static final String OWNER_ONLY = "rw-------";

  private final Path path;

  public TokenFile(Path path) {
    this.path = path.toAbsolutePath();
  }

  /** Where the file is unless somebody says otherwise: below the user's configuration. */
  public static Path usualPath() {
    String configuration = System.getenv("XDG_CONFIG_HOME");
    Path base =
        configuration == null || configuration.isBlank()
            ? Path.of(System.getProperty("user.home"), ".config")
            : Path.of(configuration);
    return base.resolve("gaitway").resolve("tokens.json");
  }

  /** Where the file is. */
  public Path path() {
    return path;
  }

  /** What tells one version of the file from another; null as long as there is none. */
  record Stamp(FileTime changed, long bytes, @Nullable Object key) {}

  /** A new token with its secret, which is nowhere kept. */
  public record Minted(Token token, String secret) {}

  /**
   * Adds a token.
   *
   * @param life time until it ends, or null for never
   * @throws IllegalArgumentException if the owner's name is not allowed
   * @throws IOException if the file cannot be read or written
   */
  public Minted create(String owner, Set<Scope> scopes, @Nullable Duration life)
      throws IOException {
    String secret = Secrets.draw();
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Token token =
        new Token(
            Secrets.drawId(),
            owner,
            scopes,
            Secrets.hash(secret),
            now,
            life == null ? null : now.plus(life));
    change(
        tokens -> {
          List<Token> more = new ArrayList<>(tokens);
          more.add(token);
          return more;
        });
    return new Minted(token, secret);
  }

  /** Removes a token and returns it; empty if there is none with this id. */
  public Optional<Token> revoke(String id) throws IOException {
    List<Token> before =
        change(tokens -> tokens.stream().filter(token -> !token.id().equals(id)).toList());
    return before.stream().filter(token -> token.id().equals(id)).findFirst();
  }

  /**
   * All tokens, none if there is no file yet.
   *
   * @throws IOException if the file cannot be read, is damaged, or can be read by others
   */
  public List<Token> read() throws IOException {
    byte[] bytes;
    try {
      requirePrivate();
      bytes = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    try {
      return TokenJson.read(bytes);
    } catch (IllegalArgumentException e) {
      throw new IOException(path + " is not a file of tokens: " + e.getMessage(), e);
    }
  }

  private void requirePrivate() throws IOException {
    if (isPosix()) {
      Set<PosixFilePermission> permissions =
          Files.readAttributes(path, PosixFileAttributes.class).permissions();
      if (!PosixFilePermissions.fromString(OWNER_ONLY).containsAll(permissions)) {
        throw new IOException(
            "%s can be used by others (mode %s); run chmod 600 %s"
                .formatted(path, PosixFilePermissions.toString(permissions), path));
      }
    }
  }

  /** What the file is now. */
  @Nullable Stamp stamp() {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return new Stamp(found.lastModifiedTime(), found.size(), found.fileKey());
    } catch (IOException e) {
      return null;
    }
  }

  /** Changes the tokens while no other process does, and returns those before. */
  private List<Token> change(UnaryOperator<List<Token>> change) throws IOException {
    Path folder = path.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
    Path lockFile = path.resolveSibling(path.getFileName() + ".lock");
    makePrivate(lockFile);
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      List<Token> before = read();
      List<Token> after = lock.isValid() ? change.apply(before) : before;
      Path next = path.resolveSibling(path.getFileName() + ".next");
      Files.deleteIfExists(next);
      makePrivate(next);
      Files.write(next, TokenJson.write(after), StandardOpenOption.DSYNC);
      Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return before;
    }
  }

  private void makePrivate(Path file) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (isPosix()) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
    } else {
      Files.createFile(file);
    }
  }

  private boolean isPosix() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
