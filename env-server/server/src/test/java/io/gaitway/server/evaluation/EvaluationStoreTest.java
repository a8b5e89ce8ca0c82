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
        assertThrows(StoreException.class, () -> EvaluationStore.open(file)).getMessage());
  }

  private static void add(EvaluationStore store, String id) {
    store.create(Evaluation.newBuilder().setId(id).build(), NOW);
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
    try (EvaluationStore store = EvaluationStore.open(file)) {
      add(store, "one");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    try (EvaluationStore store = EvaluationStore.open(file)) {
      assertEquals(1, store.unfinished());
    }
  }

  @Test
  void otherVersionsOfTheSchemaAreRefused() throws Exception {
    Path file = folder.resolve("later.db");
    EvaluationStore.open(file).close();
    sql(file, "PRAGMA user_version = 2");
    assertEquals(
        file + " has version 2 of the schema; this program knows version 1", refusal(file));
  }

  @Test
  void aDamagedFileIsRefused() throws Exception {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationStore store = EvaluationStore.open(file)) {
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

  @Test
  void onlyTheLastThatAttachedMayWrite() {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationStore one = EvaluationStore.open(file);
        EvaluationStore other = EvaluationStore.open(file)) {
      add(one, "x");
      assertEquals(1, one.attach("x"));
      assertEquals(1, one.begin("x", 1, List.of(0)).orElseThrow()[0]);
      assertEquals(2, other.attach("x"));
      assertTrue(one.begin("x", 1, List.of(1)).isEmpty());
      assertFalse(one.finish("x", 1, List.of()));
      assertEquals(2, other.begin("x", 2, List.of(0)).orElseThrow()[0]);
      assertTrue(other.finish("x", 2, List.of()));
    }
  }

  @Test
  void unusedEvaluationsAreForgotten() {
    try (EvaluationStore store = EvaluationStore.inMemory()) {
      add(store, "used");
      add(store, "unused");
      store.attach("used");
      store.forgetUnused(NOW);
      assertEquals(2, store.unfinished());
      store.forgetUnused(NOW.plusMillis(1));
      assertEquals(1, store.unfinished());
      assertTrue(store.find("unused").isEmpty());
      assertTrue(store.find("used").isPresent());
    }
  }
}
