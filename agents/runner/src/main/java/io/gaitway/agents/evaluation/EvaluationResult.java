package io.gaitway.agents.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.client.evaluation.EpisodeResult;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationReport;
import java.io.PrintWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What a finished evaluation came to.
 *
 * @param report the evaluation and its episodes
 * @param rank its place among the evaluations of the same suite, from 1; 0 if it has none, as its
 *     controller was at fault in every episode, or the environment was
 * @param ranked number of these evaluations
 */
public record EvaluationResult(EvaluationReport report, int rank, int ranked) {

  /**
   * Finds the place of an evaluation that has ended.
   *
   * @param leaderboard evaluations of its suite, the best first
   */
  public static EvaluationResult of(EvaluationReport report, List<EvaluationInfo> leaderboard) {
    EvaluationInfo own = report.evaluation();
    List<EvaluationInfo> comparable =
        leaderboard.stream()
            .filter(other -> other.suite().digest().equals(own.suite().digest()))
            .toList();
    // The leaderboard shows no ids; two evaluations have not the same name and nanosecond.
    for (int i = 0; i < comparable.size(); i++) {
      EvaluationInfo other = comparable.get(i);
      if (other.createTime().equals(own.createTime())
          && other.controller().equals(own.controller())) {
        return new EvaluationResult(report, i + 1, comparable.size());
      }
    }
    return new EvaluationResult(report, 0, comparable.size());
  }

  /** SHA-256 (hex) over the digests of all episodes, in order. */
  String digest() {
    MessageDigest sha;
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    report.episodes().forEach(episode -> sha.update(HexFormat.of().parseHex(episode.digest())));
    return HexFormat.of().formatHex(sha.digest());
  }

  private EvaluationInfo.Score score() {
    return Objects.requireNonNull(report.evaluation().score(), "a finished evaluation has a score");
  }

  /** Prints the result for people. */
  public void print(PrintWriter out) {
    EvaluationInfo evaluation = report.evaluation();
    out.printf("%s on %s%n", evaluation.controller(), evaluation.suite().id());
    out.println("  survival  " + EvaluationProgress.survival(score()));
    out.println("  cost      " + EvaluationProgress.interval(score()));
    out.println("  faults    " + faults());
    out.println(
        "  rank      "
            + (rank == 0 ? "none, without an episode to go by" : rank + " of " + ranked));
    out.println("  digest    " + digest());
    out.println("Evaluation: " + evaluation.id());
  }

  private String faults() {
    Map<String, Integer> counts = new TreeMap<>();
    for (EpisodeResult episode : report.episodes()) {
      if (episode.fault() != EpisodeResult.Fault.NONE) {
        counts.merge(episode.fault().name(), 1, Integer::sum);
      }
    }
    if (score().environmentFaults() > 0) {
      counts.put("the environment's", score().environmentFaults());
    }
    if (counts.isEmpty()) {
      return "none";
    }
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (name, count) -> text.append(text.isEmpty() ? "" : ", ").append(count + " " + name));
    String last = AgentWatch.lastFault(report.episodes());
    return last == null ? text.toString() : text + "; the last: " + last;
  }

  /** The result as one object. */
  public ObjectNode json() {
    EvaluationInfo evaluation = report.evaluation();
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("evaluation", evaluation.id());
    line.put("suite", evaluation.suite().id());
    line.put("suite_digest", evaluation.suite().digest());
    line.put("controller", evaluation.controller());
    line.put("attachments", evaluation.attachments());
    putScore(line, score());
    if (rank == 0) {
      line.putNull("rank");
    } else {
      line.put("rank", rank);
    }
    line.put("ranked", ranked);
    line.put("digest", digest());
    ArrayNode episodes = line.putArray("episodes");
    for (EpisodeResult episode : report.episodes()) {
      ObjectNode entry = Json.MAPPER.valueToTree(episode);
      entry.put("cost", Json.finite(episode.cost()));
      entry.put("survived", episode.survived());
      episodes.add(entry);
    }
    return line;
  }

  /** Adds a score's numbers; those that are NaN or infinite are null. */
  static void putScore(ObjectNode node, EvaluationInfo.Score score) {
    node.put("cost", Json.finite(score.cost()));
    node.put("cost_lower", Json.finite(score.costLower()));
    node.put("cost_upper", Json.finite(score.costUpper()));
    node.put("survival", score.survival());
    node.put("survival_lower", score.survivalLower());
    node.put("survival_upper", score.survivalUpper());
    node.put("episodes_counted", score.episodes());
    node.put("controller_faults", score.controllerFaults());
    node.put("environment_faults", score.environmentFaults());
  }
}
