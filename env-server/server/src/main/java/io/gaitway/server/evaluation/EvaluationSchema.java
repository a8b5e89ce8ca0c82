package io.gaitway.server.evaluation;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gaitway.proto.v1.Evaluation;
import java.sql.SQLException;
import java.util.List;

/** The tables of a database of evaluations, and how those of earlier versions become them. */
final class EvaluationSchema {
  /** Marks a database as one of evaluations: "Gait" in ASCII. */
  private static final int APPLICATION_ID = 0x47616974;

  /** Version 1 had neither principals nor what the leaderboard is sorted by. */
  private static final int FIRST = 1;

  private static final int VERSION = 2;

  /** Who evaluations belong to that were opened before there were principals. */
  private static final String FORMER_PRINCIPAL = "anonymous";

  private static final String EVALUATION =
      "CREATE TABLE evaluation ("
          + " id TEXT PRIMARY KEY,"
          + " suite TEXT NOT NULL,"
          + " principal TEXT NOT NULL," // who opened it
          + " opened INTEGER NOT NULL," // ms since 1970, as all times
          + " used INTEGER NOT NULL," // when it was opened, or a controller did something
          + " attachments INTEGER NOT NULL DEFAULT 0,"
          + " ended INTEGER NOT NULL DEFAULT 0," // 0 as long as it has not
          + " listed INTEGER NOT NULL DEFAULT 0," // whether on the leaderboard, 0 or 1
          + " survival REAL," // these two once it has ended
          + " cost REAL,"
          + " message BLOB NOT NULL" // gaitway.v1.Evaluation without attachments
          + ") STRICT";

  private static final String EPISODE =
      "CREATE TABLE episode ("
          + " evaluation TEXT NOT NULL REFERENCES evaluation (id),"
          + " number INTEGER NOT NULL,"
          + " beginnings INTEGER NOT NULL,"
          + " result BLOB," // gaitway.v1.EpisodeResult once it is finished
          + " PRIMARY KEY (evaluation, number)"
          + ") STRICT, WITHOUT ROWID";

  private static final List<String> INDEXES =
      List.of(
          "CREATE INDEX evaluation_unfinished ON evaluation (principal, used) WHERE ended = 0",
          "CREATE INDEX evaluation_finished ON evaluation (principal, suite, ended)"
              + " WHERE ended > 0",
          "CREATE INDEX evaluation_listed ON evaluation (suite, -survival, cost, ended)"
              + " WHERE listed = 1");

  private final Database database;

  EvaluationSchema(Database database) {
    this.database = database;
  }

  /**
   * Looks at the file before anything in it is changed.
   *
   * @throws StoreException if it is damaged, of another program or of a later version
   */
  void requireOurs() throws SQLException {
    long application = database.number("PRAGMA application_id");
    long version = database.number("PRAGMA user_version");
    long tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0)) {
      throw new StoreException(
          StoreException.Cause.DEFECT, database.name() + " is a database of another program");
    }
    if (application == APPLICATION_ID && (version < FIRST || version > VERSION)) {
      throw new StoreException(
          StoreException.Cause.DEFECT,
          "%s has version %d of the schema; this program knows versions up to %d"
              .formatted(database.name(), version, VERSION));
    }
    List<String> verdict = database.list(row -> row.getString(1), "PRAGMA quick_check(1)");
    if (!verdict.equals(List.of("ok"))) {
      throw new StoreException(
          StoreException.Cause.DAMAGED,
          database.name()
              + " is damaged: "
              + String.join("", verdict).lines().findFirst().orElse("no answer"));
    }
  }

  /** Makes the tables, or brings those of an earlier version up to date; in a transaction. */
  void prepare() throws SQLException {
    long version = database.number("PRAGMA user_version");
    if (version == VERSION) {
      return;
    }
    if (version == FIRST) {
      database.execute("DROP INDEX evaluation_by_suite");
      database.execute("ALTER TABLE evaluation RENAME TO former");
      database.execute(EVALUATION);
      copyFormer();
      database.execute("ALTER TABLE episode RENAME TO former_episode");
      database.execute(EPISODE);
      database.execute("INSERT INTO episode SELECT * FROM former_episode");
      database.execute("DROP TABLE former_episode");
      database.execute("DROP TABLE former");
    } else {
      database.execute(EVALUATION);
      database.execute(EPISODE);
    }
    for (String index : INDEXES) {
      database.execute(index);
    }
    database.execute("PRAGMA application_id = " + APPLICATION_ID);
    database.execute("PRAGMA user_version = " + VERSION);
  }

  private void copyFormer() throws SQLException {
    database.update(
        "INSERT INTO evaluation (id, suite, principal, opened, used, attachments, message)"
            + " SELECT id, suite, ?, opened, opened, attachments, message FROM former",
        FORMER_PRINCIPAL);
    List<byte[]> ended =
        database.list(row -> row.getBytes(1), "SELECT message FROM former WHERE ended = 1");
    for (byte[] message : ended) {
      setEnded(database, evaluation(message));
    }
  }

  /** Keeps that an evaluation has ended, and what the leaderboard is sorted by. */
  static void setEnded(Database database, Evaluation evaluation) throws SQLException {
    database.update(
        "UPDATE evaluation SET ended = ?, listed = ?, survival = ?, cost = ?, message = ?"
            + " WHERE id = ?",
        1000 * evaluation.getEndTime().getSeconds()
            + evaluation.getEndTime().getNanos() / 1_000_000,
        Scoring.isListed(evaluation.getScore()) ? 1 : 0,
        evaluation.getScore().getSurvival(),
        evaluation.getScore().getCost(), // NaN, which SQLite keeps as NULL, is not listed
        evaluation.toByteArray(),
        evaluation.getId());
  }

  private Evaluation evaluation(byte[] message) {
    try {
      return Evaluation.parseFrom(message);
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException(
          StoreException.Cause.DAMAGED, database.name() + " is damaged: " + e.getMessage(), e);
    }
  }
}
