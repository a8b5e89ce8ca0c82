package io.gaitway.server.session;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.wire.Errors;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which sessions survive a restart. It is there only while no server runs: the next one
 * takes the sessions over and removes it, so that none can ever go back to where it was. A file
 * beside it, which stays, keeps two servers from using it at the same time.
 */
public final class SavedSessions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SavedSessions.class);

  private final Path file;
  private final Sessions sessions;
  private final FileChannel lock;

  private SavedSessions(Path file, Sessions sessions, FileChannel lock) {
    this.file = file;
    this.sessions = sessions;
    this.lock = lock;
  }

  /**
   * Claims a file and takes over the sessions in it. What cannot be taken over is logged, and a
   * file that cannot be read is put aside under another name.
   *
   * @throws IOException if another server uses the file, or its directory cannot be written to
   */
  public static SavedSessions open(Path file, Sessions sessions, Catalog catalog)
      throws IOException {
    Path place = file.toAbsolutePath();
    FileChannel lock =
        FileChannel.open(
            place.resolveSibling(place.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    SavedSessions saved = new SavedSessions(place, sessions, lock);
    try {
      saved.claim();
      saved.load(catalog);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
    return saved;
  }

  private void claim() throws IOException {
    boolean claimed;
    try {
      claimed = lock.tryLock() != null;
    } catch (java.nio.channels.OverlappingFileLockException e) {
      claimed = false; // By another server of this process.
    }
    if (!claimed) {
      throw new IOException(
          "another server uses the sessions file %s; name another one".formatted(file));
    }
  }

  private void load(Catalog catalog) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    SessionFile.Content content;
    try {
      content = SessionFile.read(file);
    } catch (SessionFile.UnusableException e) {
      Path aside = file.resolveSibling(file.getFileName() + ".unusable");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.warn(
          "The sessions of the last server are lost: {} {}; it is now {}",
          file,
          e.getMessage(),
          aside);
      return;
    }
    int taken = 0;
    for (byte[] bytes : content.environments()) {
      add(bytes, catalog);
    }
    for (byte[] bytes : content.sessions()) {
      taken += takeOver(bytes, catalog) ? 1 : 0;
    }
    Files.delete(file);
    LOG.info("Took over {} of {} sessions from {}", taken, content.sessions().size(), file);
  }

  private static void add(byte[] bytes, Catalog catalog) {
    try {
      catalog.add(AddEnvironmentRequest.parseFrom(bytes));
    } catch (IOException | RuntimeException e) {
      // Its sessions are going to be lost, each with a warning that names it.
      LOG.warn("An environment that was added is lost: {}", Errors.toStatus(e).getMessage());
    }
  }

  private boolean takeOver(byte[] bytes, Catalog catalog) {
    SessionRecord saved;
    try {
      saved = SessionRecord.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException | RuntimeException e) {
      LOG.warn("A session is lost: it is damaged in the file", e);
      return false;
    }
    try {
      sessions.takeOver(saved, catalog.model(saved.environment(), saved.parameters()));
      return true;
    } catch (RuntimeException e) {
      String reason = Errors.toStatus(e).getStatus().getDescription();
      LOG.warn("A session of {} is lost: {}", saved.environment(), reason);
      return false;
    }
  }

  /** Writes the sessions that there are; to be called when none of them is used any more. */
  public void save() throws IOException {
    List<LiveSession> live = sessions.all();
    if (!live.isEmpty()) {
      SessionFile.write(file, live);
      LOG.info("Saved {} sessions in {}", live.size(), file);
    }
  }

  /** Lets another server have the file. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
