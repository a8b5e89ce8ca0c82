package io.gaitway.server.evaluation;

import io.gaitway.server.call.EvaluationLimits;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Keeps what is stored of evaluations within limits: in number, in bytes and in time. */
final class Retention {
  /** What SQLite can count. */
  private static final long MOST_PAGES = 4_294_967_294L;

  private final Database database;

  Retention(Database database) {
    this.database = database;
  }

  /**
   * Bounds the database: beyond what is stored there is room for a quarter, for evaluations that
   * are under way.
   */
  void bound(EvaluationLimits limits) {
    long most = limits.maxStoredBytes() + limits.maxStoredBytes() / 4;
    database.run(
        () -> {
          long pages = Math.min(most / database.number("PRAGMA page_size"), MOST_PAGES);
          database.execute("PRAGMA max_page_count = " + Math.max(1, pages));
          return true;
        });
  }

  /** Number of evaluations that have not ended. */
  long unfinished() {
    return database.run(() -> database.number("SELECT count(*) FROM evaluation WHERE ended = 0"));
  }

  /** Number of evaluations that a principal opened and that have not ended. */
  long unfinished(String principal) {
    return database.run(
        () ->
            database.number(
                "SELECT count(*) FROM evaluation WHERE ended = 0 AND principal = ?", principal));
  }

  /** Bytes that the database takes, without what has become free. */
  long bytes() {
    return database.run(
        () ->
            database.number("PRAGMA page_size")
                * (database.number("PRAGMA page_count")
                    - database.number("PRAGMA freelist_count")));
  }

  /** Forgets what has been kept for long enough. */
  void forgetOld(EvaluationLimits limits, Instant now) {
    database.write(
        () ->
            forget(
                    "ended = 0 AND attachments = 0 AND opened < ?",
                    now.minus(EvaluationLimits.UNUSED_LIFE).toEpochMilli())
                + forget(
                    "ended = 0 AND used < ?",
                    now.minus(EvaluationLimits.UNFINISHED_LIFE).toEpochMilli())
                + forget("ended > 0 AND ended < ?", now.minus(limits.retention()).toEpochMilli()));
  }

  /** Forgets one that has ended; false if there is none of this id. */
  boolean remove(String id) {
    return database.write(() -> forget("id = ? AND ended > 0", id)) > 0;
  }

  /** Forgets the first that a principal finished in a suite, and leaves so many. */
  void forgetSurplus(String principal, String suite, int most) {
    database.write(
        () ->
            forget(
                "id IN (SELECT id FROM evaluation WHERE ended > 0 AND principal = ? AND suite = ?"
                    + " ORDER BY ended DESC LIMIT -1 OFFSET ?)",
                principal,
                suite,
                most));
  }

  /**
   * Makes room: forgets a tenth of the finished evaluations of whoever takes the most, the first to
   * end.
   *
   * @return false if there are none
   */
  boolean makeRoom() {
    return database.write(
        () -> {
          List<String> greatest =
              database.list(
                  row -> row.getString(1),
                  "SELECT principal FROM evaluation WHERE ended > 0"
                      + " GROUP BY principal ORDER BY count(*) DESC LIMIT 1");
          if (greatest.isEmpty()) {
            return false;
          }
          long count =
              database.number(
                  "SELECT count(*) FROM evaluation WHERE ended > 0 AND principal = ?",
                  greatest.get(0));
          forget(
              "id IN (SELECT id FROM evaluation WHERE ended > 0 AND principal = ?"
                  + " ORDER BY ended LIMIT ?)",
              greatest.get(0),
              1 + count / 10);
          return true;
        });
  }

  private int forget(String which, Object... values) throws SQLException {
    database.update(
        "DELETE FROM episode WHERE evaluation IN (SELECT id FROM evaluation WHERE " + which + ")",
        values);
    return database.update("DELETE FROM evaluation WHERE " + which, values);
  }
}
