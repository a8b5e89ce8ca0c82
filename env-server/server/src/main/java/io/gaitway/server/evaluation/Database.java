package io.gaitway.server.evaluation;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteJDBCLoader;

/**
 * One connection to an SQLite database, which one thread uses at a time. What fails is thrown as a
 * {@link StoreException}, with what failed in clearing up after it beside it.
 */
final class Database implements AutoCloseable {
  private final String name;
  private final Connection connection;

  private Database(String name, Connection connection) {
    this.name = name;
    this.connection = connection;
  }

  /**
   * Opens a database.
   *
   * @param name what messages call it
   * @param location as SQLite takes it: a URI, or ":memory:"
   */
  static Database open(String name, String location) {
    requireLibrary();
    try {
      return new Database(name, DriverManager.getConnection("jdbc:sqlite:" + location));
    } catch (SQLException e) {
      throw new StoreException(
          StoreException.cause(e), "%s cannot be opened: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** Loads SQLite itself, whose failure the driver would hide. */
  private static void requireLibrary() {
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception | LinkageError e) {
      throw new StoreException(
          StoreException.Cause.FAILING,
          "the native library of SQLite, which keeps evaluations, cannot be loaded: "
              + e.getMessage()
              + "; it is unpacked to a temporary directory, which -Dorg.sqlite.tmpdir=DIRECTORY"
              + " changes",
          e);
    }
  }

  /** Work on the database. */
  interface Work<T> {
    T run() throws SQLException;
  }

  /** Reads a row. */
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** What messages call it. */
  String name() {
    return name;
  }

  /** Does something that needs no transaction. */
  synchronized <T> T run(Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      throw StoreException.of(name, e);
    }
  }

  /** Reads one state of the database, without a lock that a writer would wait for. */
  <T> T read(Work<T> work) {
    return transaction("BEGIN DEFERRED", work);
  }

  /** Does all of the work or nothing; the right to write is taken before anything is read. */
  <T> T write(Work<T> work) {
    return transaction("BEGIN IMMEDIATE", work);
  }

  private <T> T transaction(String begin, Work<T> work) {
    return run(
        () -> {
          execute(begin);
          try {
            T result = work.run();
            execute("COMMIT");
            return result;
          } catch (SQLException | RuntimeException | Error e) {
            rollBack(e);
            throw e;
          }
        });
  }

  /** Ends a transaction that failed; SQLite may have ended it already. */
  private void rollBack(Throwable failure) {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** Sets how long to wait for locks that others hold. */
  void waitForLocks(Duration atMost) {
    run(
        () -> {
          execute("PRAGMA busy_timeout = " + atMost.toMillis());
          return true;
        });
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values)) {
      return statement.executeUpdate();
    }
  }

  /** The first number of the first row; 0 without rows. */
  long number(String sql, Object... values) throws SQLException {
    List<Long> rows = list(row -> row.getLong(1), sql, values);
    return rows.isEmpty() ? 0 : rows.get(0);
  }

  /** All rows. */
  <T> List<T> list(Row<T> reader, String sql, Object... values) throws SQLException {
    List<T> list = new ArrayList<>();
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        list.add(reader.read(rows));
      }
    }
    return list;
  }

  private PreparedStatement prepare(String sql, Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      System.getLogger(Database.class.getName())
          .log(System.Logger.Level.WARNING, "{0} cannot be closed: {1}", name, e.getMessage());
    }
  }
}
