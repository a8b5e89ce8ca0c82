package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Evaluation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database of evaluations: what it refuses, and who may write. */
@Timeout(60)
class EvaluationStoreTest {
  private static final Instant NOW = Instant.parse("2024-01-01T00:00:00Z");

  @TempDir Path folder = Path.of("unset");

  private static void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String line : statements) {
        statement.execute(line);
      }
    }
  }

  private static String refusal(Path file) {
    return String.valueOf(
        assertThrows(StoreException.class, () -> EvaluationStore.open(file, StoreFile.Use.ALONE))
            .getMessage());
  }

  private static void add(EvaluationStore store, String id) {
    store.create(Evaluation.newBuilder().setId(id).build(), "somebody", NOW);
  }

  @Test
  void databasesOfOthersAreLeftAlone() throws Exception {
    Path tables = folder.resolve("tables.db");
    sql(tables, "CREATE TABLE recipe (name TEXT)");
    byte[] before = Files.readAllBytes(tables);
    assertEquals(tables + " is a database of another program", refusal(tables));
    Path marked = folder.resolve("marked.db");
    sql(marked, "PRAGMA application_id = 7");
    assertEquals(marked + " is a database of another program", refusal(marked));
    assertEquals(before.length, Files.size(tables));
    assertFalse(Files.exists(folder.resolve("tables.db-wal")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a?b", "k?mode=memory", "c#d", "e%41f", "g h", "file:i", "j&cache=shared"})
  void everyCharacterOfAPathIsPartOfIt(String name) throws Exception {
    Path file = folder.resolve(name);
    try (EvaluationStore store = EvaluationStore.open(file, StoreFile.Use.ALONE)) {
      add(store, "one");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(Set.of(file, folder.resolve(name + "-lock")), files.collect(Collectors.toSet()));
    }
    try (EvaluationStore store = EvaluationStore.open(file, StoreFile.Use.ALONE)) {
      assertEquals(1, store.retention().unfinished());
    }
  }

  @Test
  void otherVersionsOfTheSchemaAreRefused() throws Exception {
    Path file = folder.resolve("later.db");
    EvaluationStore.open(file, StoreFile.Use.ALONE).close();
    sql(file, "PRAGMA user_version = 3");
    assertEquals(
        file + " has version 3 of the schema; this program knows versions up to 2", refusal(file));
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationStore store = EvaluationStore.open(file, StoreFile.Use.ALONE)) {
      for (int i = 0; i < 100; i++) {
        add(store, ("evaluation-" + i).repeat(50));
      }
    }
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 8192; i < 40_000; i++) {
      bytes[i] = (byte) (31 * i);
    }
    Files.write(file, bytes);
    String message = refusal(file);
    assertTrue(message.startsWith(file + " is damaged: "), message);
    Files.createDirectory(folder.resolve("directory.db"));
    message = refusal(folder.resolve("directory.db"));
    assertTrue(message.startsWith(folder.resolve("directory.db") + " cannot be opened: "), message);
  }

  private static EvaluationStore.Progress next(Integer... episodes) {
    return new EvaluationStore.Progress(List.of(), List.of(episodes), null);
  }

  @Test
  void onlyTheLastThatAttachedMayWrite() {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationStore one = EvaluationStore.open(file, StoreFile.Use.SHARED);
        EvaluationStore other = EvaluationStore.open(file, StoreFile.Use.SHARED)) {
      add(one, "x");
      assertEquals(1, one.attach("x", NOW));
      assertEquals(1, one.advance("x", 1, next(0), NOW).orElseThrow()[0]);
      assertEquals(2, other.attach("x", NOW));
      assertTrue(one.advance("x", 1, next(1), NOW).isEmpty());
      assertEquals(2, other.advance("x", 2, next(0), NOW).orElseThrow()[0]);
      assertEquals(0, other.attach("y", NOW));
    }
  }
}
