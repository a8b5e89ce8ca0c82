package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.agents.api.Json;
import io.gaitway.client.GaitwayClient;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Searches through the server. */
class GaitSearchTest {
  private static final List<GaitSearch.Stage> SCHEDULE =
      List.of(new GaitSearch.Stage(60, 4, 0.1, 1), new GaitSearch.Stage(120, 8, 0.1, 2));

  private static final Map<String, Double> PARAMETERS =
      Map.of("speed_weight", 4.0, "initial_std", 0.02, "start", 0.0);

  private static LocalServer server;
  private static GaitwayClient client;

  @BeforeAll
  static void start() {
    server = LocalServer.start();
    client = server.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static GaitSearch search(long seed, GaitSearch.State from) {
    return new GaitSearch(client, "walker", PARAMETERS, SCHEDULE, seed, from);
  }

  private static GaitSearch.State first() {
    return GaitSearch.State.first(SCHEDULE, GaitSearch.FIRST_GUESS);
  }

  @Test
  void aFewGenerationsImproveTheCostAndAStateContinuesToTheSameBits() throws IOException {
    byte[] saved = {};
    GaitSearch.State end;
    GaitSearch.Generation last;
    try (GaitSearch search = search(3, first())) {
      GaitSearch.Generation generation = search.next();
      assertEquals(1, generation.stage());
      while (!search.finished()) {
        generation = search.next();
        if (search.state().completed() == 7) {
          assertEquals(2, generation.stage());
          assertEquals(3, generation.number());
          saved = Json.pretty(search.state());
        }
      }
      last = generation;
      end = search.state();
      double before = mean(check(first()).costs());
      double after = mean(search.check().costs());
      assertTrue(after < 0.8 * before, "mean cost " + before + " before, " + after + " after");
      assertTrue(last.bestCost() <= last.medianCost());
      assertThrows(IllegalStateException.class, search::next);
    }
    GaitSearch.State middle = Json.MAPPER.readValue(saved, GaitSearch.State.class);
    try (GaitSearch search = search(3, middle)) {
      GaitSearch.Generation generation = search.next();
      while (!search.finished()) {
        generation = search.next();
      }
      assertEquals(last, generation);
      assertArrayEquals(end.strategy().mean(), search.state().strategy().mean());
      assertArrayEquals(end.strategy().variance(), search.state().strategy().variance());
      assertEquals(end.gait(), search.state().gait());
    }
  }

  /** The trials of the last stage's length, of a search that has only its end before it. */
  private static GaitTrials.Outcome check(GaitSearch.State state) {
    GaitSearch.State late = new GaitSearch.State(SCHEDULE.get(0).generations(), state.strategy());
    try (GaitSearch search = search(3, late)) {
      return search.check();
    }
  }

  private static double mean(double[] costs) {
    return Arrays.stream(costs).average().orElseThrow();
  }

  @Test
  void seedsGiveSearchesOfTheirOwn() {
    try (GaitSearch one = search(0, first());
        GaitSearch same = search(0, first());
        GaitSearch other = search(1, first())) {
      assertEquals(one.next(), same.next());
      other.next();
      double[] mean = one.state().strategy().mean();
      assertArrayEquals(mean, same.state().strategy().mean());
      assertFalse(Arrays.equals(mean, other.state().strategy().mean()));
    }
  }

  /**
   * A generation's candidates walk from the same starts, as many as walks, the next from others.
   */
  @Test
  void candidatesShareTheirStarts() {
    int walks = 3;
    try (GaitSearch search = search(5, first())) {
      long[] starts = search.starts(1, walks);
      assertEquals(GaitSearch.CANDIDATES * walks, starts.length);
      for (int i = 0; i < starts.length; i++) {
        assertEquals(starts[i % walks], starts[i]);
      }
      long[] other = search.starts(2, walks);
      long distinct =
          LongStream.concat(Arrays.stream(starts), Arrays.stream(other)).distinct().count();
      assertEquals(2 * walks, distinct);
    }
    assertArrayEquals(new double[] {2, 6}, GaitSearch.means(new double[] {1, 3, 5, 7}, 2));
  }

  @Test
  void stagesBeginAnewAroundTheLastGait() {
    try (GaitSearch search = search(0, first())) {
      for (int i = 0; i < SCHEDULE.get(0).generations(); i++) {
        search.next();
      }
      EvolutionStrategy.State state = search.state().strategy();
      assertEquals(0, state.generation());
      assertEquals(1, state.sigma());
      assertEquals(0.1 * 0.1, state.variance()[0]);
      assertFalse(Arrays.equals(GaitSearch.FIRST_GUESS.toVector(), state.mean()));
    }
  }

  @Test
  void refusesStatesThatLieBehindItsEnd() {
    GaitSearch.State late = new GaitSearch.State(13, first().strategy());
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> search(0, late).close());
    assertEquals("completed generations must be between 0 and 12, but are 13", fault.getMessage());
  }
}
