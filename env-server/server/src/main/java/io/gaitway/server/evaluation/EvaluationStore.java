package io.gaitway.server.evaluation;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Evaluations and their finished episodes in an SQLite database. What a method has written when it
 * returns survives the end of the process and of the machine's power. Several processes may use one
 * file; of those that control the same evaluation, the one that attached last may write.
 *
 * <p>All methods throw {@link StoreException} if the database fails.
 */
public final class EvaluationStore implements AutoCloseable {
  /** Marks a database as one of evaluations: "Gait" in ASCII. */
  private static final int APPLICATION_ID = 0x47616974;

  private static final int SCHEMA = 1;
  private static final int BUSY_MILLISECONDS = 10_000;

  private static final List<String> TABLES =
      List.of(
          "CREATE TABLE evaluation ("
              + " id TEXT PRIMARY KEY,"
              + " suite TEXT NOT NULL,"
              + " opened INTEGER NOT NULL," // ms since 1970
              + " attachments INTEGER NOT NULL DEFAULT 0,"
              + " ended INTEGER NOT NULL DEFAULT 0," // whether it has, 0 or 1
              + " message BLOB NOT NULL" // gaitway.v1.Evaluation without attachments
              + ") STRICT",
          "CREATE INDEX evaluation_by_suite ON evaluation (ended, suite)",
          "CREATE TABLE episode ("
              + " evaluation TEXT NOT NULL REFERENCES evaluation (id),"
              + " number INTEGER NOT NULL,"
              + " beginnings INTEGER NOT NULL,"
              + " result BLOB," // gaitway.v1.EpisodeResult once it is finished
              + " PRIMARY KEY (evaluation, number)"
              + ") STRICT, WITHOUT ROWID",
          "PRAGMA application_id = " + APPLICATION_ID,
          "PRAGMA user_version = " + SCHEMA);

  private final String name;
  private final Connection connection;

  private EvaluationStore(String name, Connection connection) {
    this.name = name;
    this.connection = connection;
  }

  /** An evaluation with its finished episodes, by number. */
  public record Stored(Evaluation evaluation, List<EpisodeResult> episodes) {}

  /** Opens a database in memory, which is gone when it is closed. */
  public static EvaluationStore inMemory() {
    return open("the database in memory", ":memory:");
  }

  /**
   * Opens a file, which is made with the folders above it if it is not there.
   *
   * @throws StoreException also if the file is damaged, of another program or of a later version
   */
  public static EvaluationStore open(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new StoreException(
          "the directory of %s cannot be made: %s".formatted(file, reason(e)), e);
    }
    // As a URI, in which no character of the path can mean something else.
    return open(file.toString(), file.toAbsolutePath().toUri().toString());
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

  private static EvaluationStore open(String name, String location) {
    requireLibrary();
    Connection connection;
    try {
      connection = DriverManager.getConnection("jdbc:sqlite:" + location);
    } catch (SQLException e) {
      throw new StoreException(name + " cannot be opened: " + e.getMessage(), e);
    }
    EvaluationStore store = new EvaluationStore(name, connection);
    try {
      store.prepare();
    } catch (StoreException e) {
      store.close();
      throw e;
    }
    return store;
  }

  /** Loads SQLite itself, whose failure the driver would hide. */
  private static void requireLibrary() {
    try {
      SQLiteJDBCLoader.initialize();
    } catch (Exception | LinkageError e) {
      throw new StoreException(
          "the native library of SQLite, which keeps evaluations, cannot be loaded: "
              + e.getMessage()
              + "; it is unpacked to a temporary directory, which -Dorg.sqlite.tmpdir=DIRECTORY"
              + " changes",
          e);
    }
  }

  private void prepare() {
    run(
        () -> {
          execute("PRAGMA busy_timeout = " + BUSY_MILLISECONDS);
          requireOurs();
          execute("PRAGMA journal_mode = WAL");
          execute("PRAGMA synchronous = FULL");
          execute("PRAGMA foreign_keys = ON");
          return true;
        });
    transaction(
        () -> {
          boolean empty = number("PRAGMA user_version") == 0;
          if (empty) {
            for (String table : TABLES) {
              execute(table);
            }
          }
          return empty;
        });
  }

  /** Looks at the file before anything in it is changed. */
  private void requireOurs() throws SQLException {
    long application = number("PRAGMA application_id");
    long schema = number("PRAGMA user_version");
    long tables = number("SELECT count(*) FROM sqlite_schema");
    if (application != APPLICATION_ID && (application != 0 || schema != 0 || tables != 0)) {
      throw new StoreException(name + " is a database of another program");
    }
    if (application == APPLICATION_ID && schema != SCHEMA) {
      throw new StoreException(
          "%s has version %d of the schema; this program knows version %d"
              .formatted(name, schema, SCHEMA));
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA quick_check(1)")) {
      String verdict = rows.next() ? rows.getString(1) : "no answer";
      if (!verdict.equals("ok")) {
        throw new StoreException(name + " is damaged: " + verdict.lines().findFirst().orElse(""));
      }
    }
  }

  /** Adds an evaluation. */
  synchronized void create(Evaluation evaluation, Instant now) {
    transaction(
        () ->
            update(
                "INSERT INTO evaluation (id, suite, opened, message) VALUES (?, ?, ?, ?)",
                evaluation.getId(),
                evaluation.getSuite().getId(),
                now.toEpochMilli(),
                evaluation.toByteArray()));
  }

  /** Number of evaluations that have not ended. */
  synchronized long unfinished() {
    return run(() -> number("SELECT count(*) FROM evaluation WHERE ended = 0"));
  }

  /** Removes evaluations that were opened before an instant and never controlled. */
  synchronized void forgetUnused(Instant before) {
    transaction(
        () ->
            update(
                "DELETE FROM evaluation WHERE ended = 0 AND attachments = 0 AND opened < ?",
                before.toEpochMilli()));
  }

  /** Finds an evaluation. */
  synchronized Optional<Stored> find(String id) {
    return transaction(
        () -> {
          Evaluation evaluation = null;
          try (PreparedStatement statement =
                  prepare("SELECT message, attachments FROM evaluation WHERE id = ?", id);
              ResultSet rows = statement.executeQuery()) {
            if (rows.next()) {
              evaluation = evaluation(rows.getBytes(1), rows.getInt(2));
            }
          }
          return evaluation == null
              ? Optional.empty()
              : Optional.of(new Stored(evaluation, episodes(id)));
        });
  }

  private List<EpisodeResult> episodes(String id) throws SQLException {
    List<EpisodeResult> episodes = new ArrayList<>();
    try (PreparedStatement statement =
            prepare(
                "SELECT result FROM episode WHERE evaluation = ? AND result IS NOT NULL"
                    + " ORDER BY number",
                id);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        episodes.add(EpisodeResult.parseFrom(rows.getBytes(1)));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(name + " is damaged: " + e.getMessage(), e);
    }
    return episodes;
  }

  /**
   * Lists the evaluations that have ended.
   *
   * @param suite name of the suite, or empty for all
   */
  synchronized List<Evaluation> ended(String suite) {
    return run(
        () -> {
          List<Evaluation> ended = new ArrayList<>();
          try (PreparedStatement statement =
                  prepare(
                      "SELECT message, attachments FROM evaluation"
                          + " WHERE ended = 1 AND (?1 = '' OR suite = ?1)",
                      suite);
              ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              ended.add(evaluation(rows.getBytes(1), rows.getInt(2)));
            }
          }
          return ended;
        });
  }

  private Evaluation evaluation(byte[] message, int attachments) {
    try {
      return Evaluation.parseFrom(message).toBuilder().setAttachments(attachments).build();
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(name + " is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * Counts an attachment, which from now on is the only one that may write.
   *
   * @return its number, from 1
   */
  synchronized int attach(String id) {
    return transaction(
        () -> {
          update("UPDATE evaluation SET attachments = attachments + 1 WHERE id = ?", id);
          return attachments(id);
        });
  }

  /**
   * Counts beginnings of episodes.
   *
   * @param attachment number that {@link #attach} gave
   * @return how many times each has been begun; empty if another attachment has taken over
   */
  synchronized Optional<int[]> begin(String id, int attachment, List<Integer> episodes) {
    return transaction(
        () -> {
          if (attachments(id) != attachment) {
            return Optional.empty();
          }
          int[] beginnings = new int[episodes.size()];
          for (int i = 0; i < beginnings.length; i++) {
            update(
                "INSERT INTO episode (evaluation, number, beginnings) VALUES (?, ?, 1)"
                    + " ON CONFLICT DO UPDATE SET beginnings = beginnings + 1",
                id,
                episodes.get(i));
            beginnings[i] =
                (int)
                    number(
                        "SELECT beginnings FROM episode WHERE evaluation = ? AND number = ?",
                        id,
                        episodes.get(i));
          }
          return Optional.of(beginnings);
        });
  }

  /**
   * Keeps results of episodes that were begun.
   *
   * @param attachment number that {@link #attach} gave
   * @return false if another attachment has taken over, and nothing was written
   */
  synchronized boolean finish(String id, int attachment, List<EpisodeResult> results) {
    return transaction(
        () -> {
          if (attachments(id) != attachment) {
            return false;
          }
          for (EpisodeResult result : results) {
            update(
                "UPDATE episode SET result = ? WHERE evaluation = ? AND number = ?",
                result.toByteArray(),
                id,
                result.getEpisode());
          }
          return true;
        });
  }

  /** Marks an evaluation as ended; {@code evaluation} has its score and its end. */
  synchronized void end(Evaluation evaluation) {
    transaction(
        () ->
            update(
                "UPDATE evaluation SET ended = 1, message = ? WHERE id = ?",
                evaluation.toByteArray(),
                evaluation.getId()));
  }

  private int attachments(String id) throws SQLException {
    return (int) number("SELECT attachments FROM evaluation WHERE id = ?", id);
  }

  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      System.getLogger(EvaluationStore.class.getName())
          .log(System.Logger.Level.WARNING, "{0} cannot be closed: {1}", name, e.getMessage());
    }
  }

  /** Work on the database. */
  private interface Work<T> {
    T run() throws SQLException;
  }

  private <T> T run(Work<T> work) {
    try {
      return work.run();
    } catch (SQLException e) {
      throw new StoreException(name + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** Does all of the work or nothing; the right to write is taken before anything is read. */
  private <T> T transaction(Work<T> work) {
    return run(
        () -> {
          execute("BEGIN IMMEDIATE");
          boolean done = false;
          try {
            T result = work.run();
            execute("COMMIT");
            done = true;
            return result;
          } finally {
            if (!done) {
              execute("ROLLBACK");
            }
          }
        });
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values)) {
      return statement.executeUpdate();
    }
  }

  private long number(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = prepare(sql, values);
        ResultSet rows = statement.executeQuery()) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  private PreparedStatement prepare(String sql, Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }
}
