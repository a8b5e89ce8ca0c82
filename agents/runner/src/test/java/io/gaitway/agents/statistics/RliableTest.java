package io.gaitway.agents.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The same statistics as rliable's on the same matrix, which rliable-golden.py made. */
class RliableTest {
  private static final double EXACT = 1e-12;

  /** Errors of two bootstraps, in widths of the interval. */
  private static final double BOOTSTRAP = 0.1;

  private final JsonNode golden;

  RliableTest() throws IOException {
    try (InputStream content = getClass().getResourceAsStream("rliable.json")) {
      golden = new ObjectMapper().readTree(Objects.requireNonNull(content));
    }
  }

  /** Costs relative to DDP, a sample for every task. */
  private List<double[]> costs(String method) {
    List<double[]> tasks = new ArrayList<>();
    for (JsonNode task : golden.get("costs").get(method)) {
      double[] values = new double[task.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = task.get(i).isNull() ? Double.POSITIVE_INFINITY : task.get(i).asDouble();
      }
      tasks.add(values);
    }
    return tasks;
  }

  private static void assertLike(JsonNode expected, int index, Intervals actual, String what) {
    double lower = expected.get("lower").get(index).asDouble();
    double upper = expected.get("upper").get(index).asDouble();
    assertEquals(expected.get("estimate").get(index).asDouble(), actual.estimate(), EXACT, what);
    double error = Math.max(EXACT, BOOTSTRAP * (upper - lower));
    assertEquals(lower, actual.lower(), error, what);
    assertEquals(upper, actual.upper(), error, what);
  }

  private Iterable<Map.Entry<String, JsonNode>> fields(String name) {
    Iterator<Map.Entry<String, JsonNode>> fields = golden.get(name).fields();
    return () -> fields;
  }

  @Test
  void theVersionIsKnown() {
    assertTrue(golden.at("/versions/rliable").asText().startsWith("1.2"), golden::toString);
    assertTrue(golden.get("date").asText().matches("\\d{4}-\\d\\d-\\d\\d"));
  }

  @Test
  void interquartileMeans() {
    for (Map.Entry<String, JsonNode> each : fields("interquartile_mean")) {
      assertLike(each.getValue(), 0, Intervals.ofTasks(costs(each.getKey())), each.getKey());
    }
    for (Map.Entry<String, JsonNode> each : fields("interquartile_mean_of_tasks")) {
      String[] key = each.getKey().split("/", 2);
      double[] values = costs(key[0]).get(Integer.parseInt(key[1]));
      assertEquals(
          each.getValue().get("iqm").asDouble(), Intervals.interquartileMean(values), EXACT);
    }
  }

  @Test
  void means() {
    for (Map.Entry<String, JsonNode> each : fields("mean")) {
      double mean =
          Intervals.mean(costs(each.getKey()).stream().mapToDouble(Intervals::mean).toArray());
      assertEquals(each.getValue().asDouble(), mean, EXACT);
    }
  }

  @Test
  void probabilitiesOfImprovement() {
    for (Map.Entry<String, JsonNode> each : fields("improvement")) {
      String[] pair = each.getKey().split(",", 2);
      assertLike(
          each.getValue(), 0, Intervals.improvement(costs(pair[0]), costs(pair[1])), each.getKey());
    }
  }

  @Test
  void performanceProfiles() {
    for (Map.Entry<String, JsonNode> each : fields("profile")) {
      for (int i = 0; i < golden.get("thresholds").size(); i++) {
        double threshold = golden.get("thresholds").get(i).asDouble();
        Intervals below = Intervals.below(threshold, costs(each.getKey()));
        JsonNode expected = each.getValue();
        assertEquals(expected.get("estimate").get(i).asDouble(), below.estimate(), EXACT);
        // Shares of a few dozen runs: an interval's end may be one run off.
        double run = 1.0 / costs(each.getKey()).stream().mapToInt(task -> task.length).sum();
        assertEquals(expected.get("lower").get(i).asDouble(), below.lower(), run + EXACT);
        assertEquals(expected.get("upper").get(i).asDouble(), below.upper(), run + EXACT);
      }
    }
  }
}
