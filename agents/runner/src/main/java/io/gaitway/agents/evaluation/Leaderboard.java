package io.gaitway.agents.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.agents.table.Table;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.Suite;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Evaluations, ranked among those that can be compared, as a table for a terminal, a CSV file and
 * the data of a page.
 *
 * @param rankings one for each suite
 */
public record Leaderboard(List<Ranking> rankings) {
  private static final List<String> CSV_HEAD =
      List.of(
          "suite",
          "suite_digest",
          "rank",
          "controller",
          "survival",
          "survival_lower",
          "survival_upper",
          "cost",
          "cost_lower",
          "cost_upper",
          "episodes",
          "controller_faults",
          "environment_faults",
          "attachments",
          "deadline_s",
          "end_time",
          "description");

  private static final int SHOWN_OF_DIGEST = 8;

  /**
   * Evaluations of one suite.
   *
   * @param suite the suite, as it was when they were made
   * @param current whether the server still runs this very suite
   * @param evaluations the best first
   */
  record Ranking(Suite suite, boolean current, List<EvaluationInfo> evaluations) {}

  /**
   * Ranks evaluations; a suite that has changed has several rankings.
   *
   * @param evaluations those that have ended, the best of each suite first
   * @param suites what the server runs
   */
  public static Leaderboard of(List<EvaluationInfo> evaluations, List<Suite> suites) {
    Map<String, List<EvaluationInfo>> bySuite = new LinkedHashMap<>();
    for (EvaluationInfo evaluation : evaluations) {
      bySuite
          .computeIfAbsent(evaluation.suite().digest(), digest -> new ArrayList<>())
          .add(evaluation);
    }
    List<Ranking> rankings = new ArrayList<>();
    bySuite.forEach(
        (digest, members) ->
            rankings.add(
                new Ranking(
                    members.get(0).suite(),
                    suites.stream().anyMatch(suite -> suite.digest().equals(digest)),
                    members)));
    return new Leaderboard(rankings);
  }

  private static EvaluationInfo.Score score(EvaluationInfo evaluation) {
    return Objects.requireNonNull(evaluation.score(), "a finished evaluation has a score");
  }

  private static Instant end(EvaluationInfo evaluation) {
    return Objects.requireNonNull(evaluation.endTime(), "a finished evaluation has an end")
        .truncatedTo(ChronoUnit.SECONDS);
  }

  /** Prints a table per ranking. */
  public void print(PrintWriter out) {
    for (Ranking ranking : rankings) {
      out.println(
          ranking.suite().id()
              + (ranking.current()
                  ? ""
                  : " as it was before (digest "
                      + ranking.suite().digest().substring(0, SHOWN_OF_DIGEST)
                      + "…)"));
      Table table =
          new Table("RANK", "CONTROLLER", "SURVIVAL", "COST", "FAULTS", "ENDED", "DESCRIPTION");
      int rank = 1;
      for (EvaluationInfo evaluation : ranking.evaluations()) {
        table.row(
            rank++,
            evaluation.controller(),
            EvaluationProgress.survival(score(evaluation)),
            EvaluationProgress.interval(score(evaluation)),
            score(evaluation).controllerFaults(),
            end(evaluation),
            evaluation.description().replaceAll("\\s+", " "));
      }
      table.print(out, "  ");
      out.println();
    }
  }

  /** The table as CSV. */
  public String csv() {
    Table table = new Table(CSV_HEAD);
    for (Ranking ranking : rankings) {
      int rank = 1;
      for (EvaluationInfo evaluation : ranking.evaluations()) {
        EvaluationInfo.Score score = score(evaluation);
        table.row(
            ranking.suite().id(),
            ranking.suite().digest(),
            rank++,
            evaluation.controller(),
            score.survival(),
            score.survivalLower(),
            score.survivalUpper(),
            score.cost(),
            score.costLower(),
            score.costUpper(),
            score.episodes(),
            score.controllerFaults(),
            score.environmentFaults(),
            evaluation.attachments(),
            evaluation.actionDeadline().toNanos() / 1e9,
            end(evaluation).toString(),
            evaluation.description());
      }
    }
    return table.csv();
  }

  /** The rankings as one object. */
  public ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", GaitwayVersion.program());
    ArrayNode suites = root.putArray("suites");
    for (Ranking ranking : rankings) {
      ObjectNode suite = suites.addObject();
      suite.put("id", ranking.suite().id());
      suite.put("description", ranking.suite().description());
      suite.put("digest", ranking.suite().digest());
      suite.put("current", ranking.current());
      suite.put("episodes", ranking.suite().episodes());
      suite.put("horizon", ranking.suite().horizon());
      ArrayNode entries = suite.putArray("evaluations");
      for (EvaluationInfo evaluation : ranking.evaluations()) {
        ObjectNode entry = entries.addObject();
        entry.put("rank", entries.size());
        entry.put("controller", evaluation.controller());
        entry.put("description", evaluation.description());
        EvaluationResult.putScore(entry, score(evaluation));
        entry.put("attachments", evaluation.attachments());
        entry.put("deadline", evaluation.actionDeadline().toNanos() / 1e9);
        entry.put("end_time", end(evaluation).toString());
      }
    }
    return root;
  }
}
