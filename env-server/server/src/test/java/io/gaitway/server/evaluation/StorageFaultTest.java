package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.Suite;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteException;

/** Disks that are full or read-only, files that others hold, and who may read them. */
@Timeout(60)
class StorageFaultTest {
  private static final Instant NOW = Instant.parse("2024-01-01T00:00:00Z");

  @TempDir Path folder = Path.of("unset");

  private Path file() {
    return folder.resolve("evaluations.db");
  }

  private EvaluationStore open() {
    return EvaluationStore.open(file(), StoreFile.Use.ALONE);
  }

  private Database database() {
    return Database.open("test", file().toUri().toString());
  }

  @Test
  void aFullDiskIsSaidToBeFullAndIsForgiven() throws Exception {
    open().close();
    try (Database database = database()) {
      database.run(() -> run(database, "PRAGMA max_page_count = 20"));
      StoreException full =
          assertThrows(StoreException.class, () -> database.write(() -> fill(database)));
      assertEquals(StoreException.Cause.FULL, full.why());
      SQLiteException cause = (SQLiteException) Objects.requireNonNull(full.getCause());
      assertTrue(String.valueOf(full.getMessage()).contains("SQLITE_FULL"), full.toString());
      // SQLite has ended the transaction already; that ROLLBACK fails then hides nothing.
      assertEquals(1, cause.getSuppressed().length);
      database.run(() -> run(database, "PRAGMA max_page_count = 2000"));
      assertEquals(1, database.write(() -> fill(database)));
    }
  }

  private static boolean run(Database database, String sql) throws SQLException {
    database.execute(sql);
    return true;
  }

  private static int fill(Database database) throws SQLException {
    return database.update(
        "INSERT INTO evaluation (id, suite, principal, opened, used, message)"
            + " VALUES ('x', 's', 'p', 0, 0, zeroblob(500000))");
  }

  @Test
  void whatCannotBeWrittenToIsSaidToBeReadOnly() {
    open().close();
    try (Database database = database()) {
      database.run(() -> run(database, "PRAGMA query_only = ON"));
      StoreException refused =
          assertThrows(StoreException.class, () -> database.write(() -> fill(database)));
      assertEquals(StoreException.Cause.READ_ONLY, refused.why());
    }
  }

  /**
   * Not even root can make a file below a file; a directory without permission stops others only.
   */
  @Test
  void aPlaceThatCannotBeWrittenToIsRefusedAtOnce() throws Exception {
    Path inside = Files.createFile(folder.resolve("closed")).resolve("evaluations.db");
    assertEquals(
        "the file " + inside + " cannot be made: " + inside.getParent() + " is not a directory",
        assertThrows(StoreException.class, () -> EvaluationStore.open(inside, StoreFile.Use.ALONE))
            .getMessage());
  }

  @Test
  void aWriterIsWaitedForAndReadersAreNot() {
    try (EvaluationStore store = open();
        Database other = database()) {
      store.create(Evaluation.newBuilder().setId("x").build(), "somebody", NOW);
      other.run(() -> run(other, "BEGIN IMMEDIATE"));
      store.waitForLocks(Duration.ofMillis(20));
      StoreException locked = assertThrows(StoreException.class, () -> store.attach("x", NOW));
      assertEquals(StoreException.Cause.LOCKED, locked.why());
      assertEquals("somebody", store.find("x").orElseThrow().principal());
      assertEquals(List.of(), store.leaderboard("", LeaderboardPlace.START, 10));
      other.run(() -> run(other, "ROLLBACK"));
      assertEquals(1, store.attach("x", NOW));
    }
  }

  @Test
  void aServerWantsItsFileForItself() {
    String name = file().toString();
    try (EvaluationStore first = open()) {
      assertEquals(
          name + " is in use by another program; end that one, or name another file",
          refusal(true));
      assertEquals(
          name + " is in use by a server; ask that one with --server, or name another file",
          refusal(false));
      assertEquals(0, first.retention().unfinished());
    }
    try (EvaluationStore one = EvaluationStore.open(file(), StoreFile.Use.SHARED);
        EvaluationStore other = EvaluationStore.open(file(), StoreFile.Use.SHARED)) {
      assertEquals(
          name + " is in use by another program; end that one, or name another file",
          refusal(true));
      assertEquals(one.retention().unfinished(), other.retention().unfinished());
    }
    open().close();
  }

  private String refusal(boolean alone) {
    return String.valueOf(
        assertThrows(
                StoreException.class,
                () ->
                    EvaluationStore.open(
                        file(), alone ? StoreFile.Use.ALONE : StoreFile.Use.SHARED))
            .getMessage());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "files have no permissions there")
  void onlyTheOwnerMayRead() throws Exception {
    Path made = folder.resolve("new").resolve("evaluations.db");
    try (EvaluationStore store = EvaluationStore.open(made, StoreFile.Use.ALONE)) {
      store.create(Evaluation.newBuilder().setId("x").build(), "somebody", NOW);
      assertEquals(
          Map.of(
              "evaluations.db", "rw-------",
              "evaluations.db-lock", "rw-------",
              "evaluations.db-shm", "rw-------",
              "evaluations.db-wal", "rw-------"),
          permissions(made.resolveSibling(".")));
    }
    assertEquals("rwx------", permissions(folder).get("new"));
    Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-r--r--"));
    EvaluationStore.open(made, StoreFile.Use.ALONE).close();
    assertEquals("rw-------", permissions(made.resolveSibling(".")).get("evaluations.db"));
  }

  private static Map<String, String> permissions(Path directory) throws Exception {
    Map<String, String> permissions = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path each : files.toList()) {
        permissions.put(
            String.valueOf(each.getFileName()),
            PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
      }
    }
    return permissions;
  }

  @Test
  void aDatabaseOfTheFirstVersionIsBroughtUpToDate() {
    Evaluation going = Evaluation.newBuilder().setId("going").build();
    Evaluation ended =
        Evaluation.newBuilder()
            .setId("ended")
            .setSuite(Suite.newBuilder().setId("plain"))
            .setEndTime(io.gaitway.server.wire.Codec.timestamp(NOW))
            .setScore(
                io.gaitway.proto.v1.Score.newBuilder().setEpisodes(1).setSurvival(1).setCost(7))
            .build();
    try (Database database = database()) {
      database.run(
          () -> {
            database.execute(
                "CREATE TABLE evaluation (id TEXT PRIMARY KEY, suite TEXT NOT NULL,"
                    + " opened INTEGER NOT NULL, attachments INTEGER NOT NULL DEFAULT 0,"
                    + " ended INTEGER NOT NULL DEFAULT 0, message BLOB NOT NULL) STRICT");
            database.execute("CREATE INDEX evaluation_by_suite ON evaluation (ended, suite)");
            database.execute(
                "CREATE TABLE episode (evaluation TEXT NOT NULL REFERENCES evaluation (id),"
                    + " number INTEGER NOT NULL, beginnings INTEGER NOT NULL, result BLOB,"
                    + " PRIMARY KEY (evaluation, number)) STRICT, WITHOUT ROWID");
            database.update(
                "INSERT INTO evaluation VALUES ('going', '', 5, 2, 0, ?)", going.toByteArray());
            database.update(
                "INSERT INTO evaluation VALUES ('ended', 'plain', 5, 1, 1, ?)",
                ended.toByteArray());
            database.update("INSERT INTO episode VALUES ('going', 3, 4, NULL)");
            database.execute("PRAGMA application_id = " + 0x47616974);
            return run(database, "PRAGMA user_version = 1");
          });
    }
    try (EvaluationStore store = open()) {
      assertEquals(2, store.find("going").orElseThrow().evaluation().getAttachments());
      assertEquals("anonymous", store.find("going").orElseThrow().principal());
      assertEquals(1, store.retention().unfinished("anonymous"));
      assertEquals(
          List.of("ended"),
          store.leaderboard("", LeaderboardPlace.START, 10).stream()
              .map(entry -> entry.evaluation().getId())
              .toList());
      EvaluationStore.Progress again = new EvaluationStore.Progress(List.of(), List.of(3), null);
      assertEquals(5, store.advance("going", 2, again, NOW).orElseThrow()[0]);
    }
  }
}
