package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.Score;
import io.gaitway.proto.v1.Suite;
import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.RequestException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept of evaluations: how long, how many, how much, and in which order it is listed. */
@Timeout(60)
class RetentionTest {
  private static final Instant NOW = Instant.parse("2024-01-01T00:00:00Z");
  private static final EvaluationLimits LIMITS = EvaluationLimits.defaults();

  private final EvaluationStore store = EvaluationStore.inMemory();

  @AfterEach
  void close() {
    store.close();
  }

  private void add(String id, String principal, Instant opened) {
    Evaluation.Builder evaluation = Evaluation.newBuilder().setId(id);
    store.create(evaluation.setSuite(Suite.newBuilder().setId("s")).build(), principal, opened);
  }

  private void end(String id, String principal, Instant time, double survival, double cost) {
    add(id, principal, time);
    int number = store.attach(id, time);
    Evaluation ended =
        store.find(id).orElseThrow().evaluation().toBuilder()
            .setEndTime(Codec.timestamp(time))
            .setScore(Score.newBuilder().setEpisodes(10).setSurvival(survival).setCost(cost))
            .build();
    assertTrue(
        store
            .advance(id, number, new EvaluationStore.Progress(List.of(), List.of(), ended), time)
            .isPresent());
  }

  private boolean isThere(String id) {
    return store.find(id).isPresent();
  }

  @Test
  void everythingHasAnEndInTime() {
    add("unused", "a", NOW);
    add("left", "a", NOW);
    store.attach("left", NOW);
    end("done", "a", NOW, 1, 1);
    Retention stored = store.retention();
    stored.forgetOld(LIMITS, NOW.plus(EvaluationLimits.UNUSED_LIFE));
    assertTrue(isThere("unused"));
    stored.forgetOld(LIMITS, NOW.plus(EvaluationLimits.UNUSED_LIFE).plusMillis(1));
    assertFalse(isThere("unused"));
    assertTrue(isThere("left"));
    store.attach("left", NOW.plus(Duration.ofDays(10)));
    stored.forgetOld(LIMITS, NOW.plus(Duration.ofDays(40)));
    assertTrue(isThere("left"));
    stored.forgetOld(LIMITS, NOW.plus(Duration.ofDays(40)).plusMillis(1));
    assertFalse(isThere("left"));
    assertTrue(isThere("done"));
    stored.forgetOld(LIMITS, NOW.plus(Duration.ofDays(366)));
    assertFalse(isThere("done"));
  }

  @Test
  void theFirstToEndAreForgotten() {
    for (int i = 0; i < 5; i++) {
      end("a" + i, "a", NOW.plusSeconds(i), 1, i);
      end("b" + i, "b", NOW.plusSeconds(i), 1, i);
    }
    store.retention().forgetSurplus("a", "s", 2);
    assertEquals(
        List.of("b0", "b1", "b2", "a3", "b3", "a4", "b4"), ids(store.leaderboard("", start(), 99)));
  }

  @Test
  void whoHasTheMostMakesRoom() {
    for (int i = 0; i < 30; i++) {
      end("a" + i, "a", NOW.plusSeconds(i), 1, i);
    }
    end("b", "b", NOW.minusSeconds(1), 1, 0);
    assertTrue(store.retention().makeRoom());
    assertFalse(isThere("a3"));
    assertTrue(isThere("a4"));
    assertTrue(isThere("b"));
    for (int i = 0; i < 100; i++) {
      store.retention().makeRoom();
    }
    assertFalse(store.retention().makeRoom());
    assertFalse(isThere("b"));
  }

  private static LeaderboardPlace start() {
    return LeaderboardPlace.of("", "");
  }

  private static List<String> ids(List<EvaluationStore.Entry> entries) {
    return entries.stream().map(entry -> entry.evaluation().getId()).toList();
  }

  @Test
  void pagesHaveEveryEntryOnceWhateverComesAndGoes() {
    for (int i = 0; i < 50; i++) {
      end("e" + i, "a", NOW.plusSeconds(i), (i % 3) / 2.0, i % 7);
    }
    List<String> all = ids(store.leaderboard("", start(), 99));
    assertEquals(50, all.size());
    List<String> paged = new ArrayList<>();
    String token = "";
    for (int page = 0; page < 8; page++) {
      List<EvaluationStore.Entry> part = store.leaderboard("s", LeaderboardPlace.of(token, "s"), 7);
      paged.addAll(ids(part));
      token = part.get(part.size() - 1).place().token("s");
      // The best come first, so these are behind whoever reads.
      end("new" + page, "a", NOW.plusSeconds(100), 1, -1);
    }
    assertEquals(all, paged);
    String used = token;
    assertThrows(RequestException.class, () -> LeaderboardPlace.of(used, ""));
    assertThrows(RequestException.class, () -> LeaderboardPlace.of(used + "AAAA", "s"));
    assertThrows(RequestException.class, () -> LeaderboardPlace.of("no token", "s"));
  }
}
