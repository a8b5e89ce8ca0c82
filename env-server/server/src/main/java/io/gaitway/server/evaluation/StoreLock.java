package io.gaitway.server.evaluation;

import java.time.Duration;

/**
 * Keeps other programs from a database, or only those that want it for themselves. It is a lock on
 * an empty database beside it, held as long as a connection to that one is open: it ends with the
 * process, however that ends, and works wherever SQLite's own locks do.
 */
final class StoreLock implements AutoCloseable {
  /** What the name of the empty database ends with. */
  static final String SUFFIX = "-lock";

  /** How long to wait for a command that only looks. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Database held;

  private StoreLock(Database held) {
    this.held = held;
  }

  /**
   * Takes the lock.
   *
   * @throws StoreException if somebody is in the way
   */
  static StoreLock take(StoreFile file, StoreFile.Use use) {
    Database database = Database.open(file.name() + SUFFIX, file.uri(SUFFIX));
    try {
      database.waitForLocks(PATIENCE);
      database.run(
          () -> {
            // There is nothing to be kept, so nothing is to be written beside it either.
            database.execute("PRAGMA journal_mode = MEMORY");
            database.execute(use == StoreFile.Use.ALONE ? "BEGIN EXCLUSIVE" : "BEGIN DEFERRED");
            return database.number("SELECT count(*) FROM sqlite_schema");
          });
      return new StoreLock(database);
    } catch (StoreException e) {
      database.close();
      throw e.why() == StoreException.Cause.LOCKED ? inUse(file, use, e) : e;
    }
  }

  private static StoreException inUse(StoreFile file, StoreFile.Use use, StoreException cause) {
    String remedy =
        use == StoreFile.Use.ALONE
            ? "is in use by another program; end that one, or name another file"
            : "is in use by a server; ask that one with --server, or name another file";
    return new StoreException(StoreException.Cause.LOCKED, file.name() + " " + remedy, cause);
  }

  @Override
  public void close() {
    held.close();
  }
}
