package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.names;
import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of a run. */
class RunReportTest {
  private static final String[] SHORT = {"--iterations", "3", "--param", "horizon=20"};

  @TempDir Path folder = Path.of("unset");

  private Outcome train(String name, String... more) {
    String[] first = {"train", "wander", "swimmer", "--out", folder.resolve(name).toString()};
    return run(with(with(first, SHORT), more));
  }

  @Test
  void theReportHoldsTheRunsDataAndNeedsNothingElse() throws IOException {
    assertEquals(0, train("run").code());
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    Files.delete(run.report());
    assertEquals(run.report() + System.lineSeparator(), run("report", run.path().toString()).out());
    String html = Files.readString(run.report());
    Matcher data =
        Pattern.compile(
                "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL)
            .matcher(html);
    assertTrue(data.find());
    JsonNode json = Json.MAPPER.readTree(data.group(1));
    assertEquals(List.of("version", "config", "metrics", "trajectories"), names(json));
    assertEquals(3, json.get("metrics").size());
    assertEquals(3, json.at("/config/spec/geometry").size());
    assertEquals(21, json.at("/trajectories/learned/xs").size());
    assertEquals(21, json.at("/trajectories/ddp/xs").size());
    for (String path : List.of("contact_points", "noisy", "learned/contact_forces")) {
      assertEquals(0, json.at("/trajectories/" + path).size(), "a swimmer has no " + path);
    }
    assertFalse(html.contains("{{"), "a place of the template is empty");
    assertTrue(html.contains("uPlot"));
    assertFalse(
        Pattern.compile("(?:src|href)=\"(?!data:)").matcher(html).find(),
        "the page loads something");
  }

  /**
   * On the ground: the forces on every contact point in every step, of which the normal ones never
   * pull and sum to more than nothing, and the rollouts that fell, as the metrics count them.
   */
  @Test
  void theReportOfAWalkerHoldsTheGroundsForcesAndTheFalls() throws IOException {
    Outcome outcome =
        run(
            with(
                with(new String[] {"train", "wander", "walker"}, SHORT),
                "--param=fall_height=0.745",
                "--out",
                folder.resolve("walk").toString()));
    assertEquals(0, outcome.code(), outcome.err());
    RunDirectory run = new RunDirectory(folder.resolve("walk"));
    JsonNode json = Json.MAPPER.readTree(run.trajectories().toFile());
    assertEquals(8, json.at("/contact_points").size());
    assertEquals(
        run.readConfig().spec().contactPoints().get(3).radius(),
        json.at("/contact_points/3/radius").asDouble());
    for (String motion : List.of("ddp", "learned")) {
      JsonNode forces = json.at("/" + motion + "/contact_forces");
      assertEquals(json.at("/" + motion + "/us").size(), forces.size(), motion);
      double sum = 0;
      for (JsonNode row : forces) {
        assertEquals(8, row.size());
        for (JsonNode force : row) {
          assertEquals(2, force.size());
          assertTrue(force.get(1).asDouble() >= -1e-9, motion + " is pulled by " + force);
          sum += force.get(1).asDouble();
        }
      }
      assertTrue(sum > 0, motion + " touches nothing");
    }
    double fallHeight = 0.745;
    JsonNode last = json.at("/ddp/xs/20");
    assertTrue(last.get(1).asDouble() >= fallHeight, "the reference falls: " + last);
    int fallen = 0;
    for (JsonNode rollout : json.get("noisy")) {
      JsonNode path = rollout.get("path");
      assertEquals(rollout.get("steps").asInt() + 1, path.size());
      boolean low = path.get(path.size() - 1).get(1).asDouble() < fallHeight;
      assertEquals(low, rollout.get("terminated").asBoolean(), rollout.toString());
      fallen += low ? 1 : 0;
    }
    List<IterationMetrics> metrics = MetricsLog.read(run.metrics());
    assertEquals(metrics.get(metrics.size() - 1).terminated(), fallen);
    assertTrue(fallen > 0 && fallen < 10, "fell: " + fallen);
    assertTrue(Files.readString(run.report()).contains("Where rollouts fell"));
  }
}
