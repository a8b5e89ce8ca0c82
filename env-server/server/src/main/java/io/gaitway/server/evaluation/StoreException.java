package io.gaitway.server.evaluation;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** A database that cannot be used; the message names it and says why. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** When to try again if a lock is in the way: whoever holds it may let go at any time. */
  private static final Duration SOON = Duration.ofSeconds(1);

  /** When to try again if somebody has to do something first. */
  private static final Duration LATER = Duration.ofSeconds(10);

  /** SQLite's codes have eight bits; those above say more. */
  private static final int PRIMARY = 0xff;

  /** What is in the way. */
  enum Cause {
    /** Another process holds the file. */
    LOCKED,
    /** No room is left on the disk. */
    FULL,
    /** The file, its directory or the disk cannot be written to. */
    READ_ONLY,
    /** The disk fails, or the file cannot be opened. */
    FAILING,
    /** The file holds something else than what was written. */
    DAMAGED,
    /** Nothing from outside: a defect of this program. */
    DEFECT
  }

  private final Cause why;

  StoreException(Cause why, String message, Throwable cause) {
    super(message, cause);
    this.why = why;
  }

  StoreException(Cause why, String message) {
    super(message);
    this.why = why;
  }

  /** What SQLite says of a database. */
  static StoreException of(String name, SQLException e) {
    return new StoreException(cause(e), "%s cannot be used: %s".formatted(name, e.getMessage()), e);
  }

  /** What kind of fault SQLite reports. */
  static Cause cause(SQLException e) {
    SQLiteErrorCode code =
        e instanceof SQLiteException sqlite
            ? SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & PRIMARY)
            : SQLiteErrorCode.UNKNOWN_ERROR;
    return switch (code) {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> Cause.LOCKED;
      case SQLITE_FULL -> Cause.FULL;
      case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH -> Cause.READ_ONLY;
      case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM, SQLITE_INTERRUPT -> Cause.FAILING;
      case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT -> Cause.DAMAGED;
      default -> Cause.DEFECT;
    };
  }

  Cause why() {
    return why;
  }

  /** What a client is told. */
  RuntimeException toClient() {
    return switch (why) {
      case FULL -> Errors.storageFull(LATER);
      case LOCKED -> unavailable("locked", "another process holds it", SOON);
      case READ_ONLY -> unavailable("read-only", "it cannot be written to", LATER);
      case FAILING -> unavailable("failing", "its disk fails", LATER);
      case DAMAGED -> unavailable("damaged", "it is damaged", LATER);
      case DEFECT -> this;
    };
  }

  private static RequestException unavailable(String cause, String meaning, Duration retryAfter) {
    return Errors.storageUnavailable(cause, meaning, retryAfter);
  }
}
