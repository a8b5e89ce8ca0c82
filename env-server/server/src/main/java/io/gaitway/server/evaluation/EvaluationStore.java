package io.gaitway.server.evaluation;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Evaluations and their finished episodes in an SQLite database. What a method has written when it
 * returns survives the end of the process and of the machine's power. Reading waits for nobody who
 * writes. A file may be shared with other programs if all say so; of those that control the same
 * evaluation, the one that attached last may write.
 *
 * <p>All methods throw {@link StoreException} if the database fails; then nothing was written.
 */
public final class EvaluationStore implements AutoCloseable {
  /** Most bytes of the log of writes that stay when all of it is in the database. */
  private static final int MOST_LOG_BYTES = 16 << 20;

  private final Database writing;
  private final Database reading;
  private final Runnable unlock;

  private EvaluationStore(Database writing, Database reading, Runnable unlock) {
    this.writing = writing;
    this.reading = reading;
    this.unlock = unlock;
  }

  /**
   * An evaluation with its finished episodes, by number.
   *
   * @param principal name of the principal that opened it
   */
  public record Stored(Evaluation evaluation, String principal, List<EpisodeResult> episodes) {}

  /**
   * What is kept between two rounds.
   *
   * @param results of episodes that were begun and have ended
   * @param next episodes that begin
   * @param ended the evaluation with its score and its end, if that was the last episode
   */
  record Progress(List<EpisodeResult> results, List<Integer> next, @Nullable Evaluation ended) {}

  /** Opens a database in memory, which is gone when it is closed. */
  public static EvaluationStore inMemory() {
    Database database = Database.open("the database in memory", ":memory:");
    prepare(database);
    return new EvaluationStore(database, database, () -> {});
  }

  /**
   * Opens a file, which is made with the folders above it if it is not there; nobody but the owner
   * may read what is made.
   *
   * @param use whether other programs may use it at the same time
   * @throws StoreException also if the file is damaged, of another program or of a later version,
   *     or if it is in use
   */
  public static EvaluationStore open(Path file, StoreFile.Use use) {
    StoreFile store = StoreFile.prepare(file);
    StoreLock lock = StoreLock.take(store, use);
    List<Database> opened = new ArrayList<>();
    try {
      Database writing = Database.open(file.toString(), store.uri());
      opened.add(writing);
      prepare(writing);
      Database reading = Database.open(file.toString(), store.uri());
      opened.add(reading);
      reading.waitForLocks(Storage.WAIT);
      reading.run(
          () -> {
            reading.execute("PRAGMA query_only = ON");
            return true;
          });
      store.keepFromOthers();
      return new EvaluationStore(writing, reading, lock::close);
    } catch (StoreException e) {
      opened.forEach(Database::close);
      lock.close();
      throw e;
    }
  }

  private static void prepare(Database database) {
    EvaluationSchema schema = new EvaluationSchema(database);
    database.waitForLocks(Storage.WAIT);
    database.run(
        () -> {
          schema.requireOurs();
          database.execute("PRAGMA journal_mode = WAL");
          database.execute("PRAGMA synchronous = FULL");
          database.execute("PRAGMA journal_size_limit = " + MOST_LOG_BYTES);
          database.execute("PRAGMA foreign_keys = ON");
          return true;
        });
    database.write(
        () -> {
          schema.prepare();
          return true;
        });
  }

  /** Sets how long what writes waits for other processes. */
  void waitForLocks(Duration atMost) {
    writing.waitForLocks(atMost);
  }

  /** Adds an evaluation. */
  void create(Evaluation evaluation, String principal, Instant now) {
    writing.write(
        () ->
            writing.update(
                "INSERT INTO evaluation (id, suite, principal, opened, used, message)"
                    + " VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
                evaluation.getId(),
                evaluation.getSuite().getId(),
                principal,
                now.toEpochMilli(),
                evaluation.toByteArray()));
  }

  /** What is stored, to be kept within limits. */
  Retention retention() {
    return new Retention(writing);
  }

  /** Finds an evaluation. */
  Optional<Stored> find(String id) {
    return reading.read(
        () -> {
          List<Stored> found =
              reading.list(
                  row ->
                      new Stored(
                          evaluation(row.getBytes(1), row.getInt(2)), row.getString(3), List.of()),
                  "SELECT message, attachments, principal FROM evaluation WHERE id = ?",
                  id);
          if (found.isEmpty()) {
            return Optional.empty();
          }
          Stored stored = found.get(0);
          return Optional.of(new Stored(stored.evaluation(), stored.principal(), episodes(id)));
        });
  }

  private List<EpisodeResult> episodes(String id) throws SQLException {
    return reading.list(
        row -> parsed(EpisodeResult.parser(), row.getBytes(1)),
        "SELECT result FROM episode WHERE evaluation = ? AND result IS NOT NULL ORDER BY number",
        id);
  }

  private Evaluation evaluation(byte[] message, int attachments) {
    return parsed(Evaluation.parser(), message).toBuilder().setAttachments(attachments).build();
  }

  private <M> M parsed(Parser<M> parser, byte[] message) {
    try {
      return parser.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          StoreException.Cause.DAMAGED, reading.name() + " is damaged: " + e.getMessage(), e);
    }
  }

  /** An entry of the leaderboard, and its place there. */
  record Entry(Evaluation evaluation, LeaderboardPlace place) {}

  /**
   * A part of the leaderboard: evaluations that have ended and are listed, by suite, then the best
   * first.
   *
   * @param suite name of the suite, or empty for all
   * @param after place that the part follows
   * @param most entries
   */
  List<Entry> leaderboard(String suite, LeaderboardPlace after, int most) {
    return reading.read(
        () ->
            reading.list(
                row ->
                    new Entry(
                        evaluation(row.getBytes(1), row.getInt(2)),
                        new LeaderboardPlace(
                            row.getString(3),
                            row.getDouble(4),
                            row.getDouble(5),
                            row.getLong(6),
                            row.getLong(7))),
                "SELECT message, attachments, suite, -survival, cost, ended, rowid FROM evaluation"
                    + " WHERE listed = 1 AND (?1 = '' OR suite = ?1)"
                    + " AND (suite, -survival, cost, ended, rowid) > (?2, ?3, ?4, ?5, ?6)"
                    + " ORDER BY suite, -survival, cost, ended, rowid LIMIT ?7",
                suite,
                after.suite(),
                after.negatedSurvival(),
                after.cost(),
                after.ended(),
                after.row(),
                most));
  }

  /**
   * Counts an attachment, which from now on is the only one that may write.
   *
   * @return its number, from 1; 0 if the evaluation has been forgotten
   */
  int attach(String id, Instant now) {
    return writing.write(
        () -> {
          writing.update(
              "UPDATE evaluation SET attachments = attachments + 1, used = ? WHERE id = ?",
              now.toEpochMilli(),
              id);
          return attachments(id);
        });
  }

  /**
   * Keeps what has happened between two rounds, all of it or nothing.
   *
   * @param attachment number that {@link #attach} gave
   * @return how many times each of the next episodes has been begun; empty if another attachment
   *     has taken over, and nothing was written
   */
  Optional<int[]> advance(String id, int attachment, Progress progress, Instant now) {
    return writing.write(
        () -> {
          if (attachments(id) != attachment) {
            return Optional.empty();
          }
          writing.update("UPDATE evaluation SET used = ? WHERE id = ?", now.toEpochMilli(), id);
          for (EpisodeResult result : progress.results()) {
            writing.update(
                "UPDATE episode SET result = ? WHERE evaluation = ? AND number = ?",
                result.toByteArray(),
                id,
                result.getEpisode());
          }
          int[] beginnings = new int[progress.next().size()];
          for (int i = 0; i < beginnings.length; i++) {
            beginnings[i] = begin(id, progress.next().get(i));
          }
          Evaluation ended = progress.ended();
          if (ended != null) {
            EvaluationSchema.setEnded(writing, ended);
          }
          return Optional.of(beginnings);
        });
  }

  private int begin(String id, int episode) throws SQLException {
    writing.update(
        "INSERT INTO episode (evaluation, number, beginnings) VALUES (?, ?, 1)"
            + " ON CONFLICT DO UPDATE SET beginnings = beginnings + 1",
        id,
        episode);
    return (int)
        writing.number(
            "SELECT beginnings FROM episode WHERE evaluation = ? AND number = ?", id, episode);
  }

  private int attachments(String id) throws SQLException {
    return (int) writing.number("SELECT attachments FROM evaluation WHERE id = ?", id);
  }

  @Override
  public void close() {
    // First the one that cannot write, so that the other takes the log of writes away.
    reading.close();
    writing.close();
    unlock.run();
  }
}
