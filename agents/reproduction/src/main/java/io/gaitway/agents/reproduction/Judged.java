package io.gaitway.agents.reproduction;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.reproduction.Claims.Claim;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsCsv;
import io.gaitway.agents.results.SummaryTables;
import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's claims, judged by the runs that tables have, for every variant.
 *
 * @param results the runs
 * @param claims by variant, in the results' order
 */
public record Judged(Results results, Map<Variant, List<Claim>> claims) {

  /** Judges all claims. */
  public static Judged of(Results results) {
    Map<Variant, List<Claim>> claims = new LinkedHashMap<>();
    for (Variant variant : Variant.of(results)) {
      claims.put(variant, Claims.judge(results, variant));
    }
    return new Judged(results, claims);
  }

  /** The claims as comma-separated values. */
  public String csv() {
    List<String> head = new ArrayList<>(List.of("scale", "preset"));
    results.settings().forEach(name -> head.add(ResultsCsv.SETTING + name));
    results.parameters().forEach(name -> head.add(ResultsCsv.PARAMETER + name));
    head.addAll(List.of("claim", "verdict", "text", "rule", "measured"));
    Table table = new Table(head);
    claims.forEach(
        (variant, judged) -> {
          for (Claim claim : judged) {
            List<Object> cells = new ArrayList<>(List.of(variant.scale(), variant.preset()));
            results
                .settings()
                .forEach(name -> cells.add(variant.settings().getOrDefault(name, "")));
            results
                .parameters()
                .forEach(name -> cells.add(variant.parameters().getOrDefault(name, "")));
            cells.addAll(
                List.of(
                    claim.number(),
                    claim.verdict().words(),
                    claim.text(),
                    claim.rule(),
                    claim.measured()));
            table.row(cells);
          }
        });
    return table.csv();
  }

  /** The claims and every task as tables in Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder(SummaryTables.explanation());
    claims.forEach(
        (variant, judged) -> {
          text.append("\n## Claims, ").append(variant.title()).append("\n\n");
          Table table = new Table("", "the paper", "verdict", "measured");
          for (Claim claim : judged) {
            table.row(claim.number(), claim.text(), claim.verdict().words(), claim.measured());
          }
          text.append(table.markdown());
          Results own = results.of(variant::has);
          for (GroupTask task : own.tasks()) {
            text.append("\n### ").append(task.title()).append(", ").append(variant.preset());
            text.append("\n\n").append(SummaryTables.task(own, task));
          }
        });
    return text.toString();
  }

  /** The claims as JSON: a list of variants. */
  public ArrayNode json() {
    ArrayNode variants = JsonNodeFactory.instance.arrayNode();
    claims.forEach(
        (variant, judged) -> {
          ObjectNode node = variants.addObject();
          node.put("scale", variant.scale());
          node.put("preset", variant.preset());
          variant.settings().forEach((name, value) -> node.withObject("/set").put(name, value));
          variant.parameters().forEach((name, value) -> node.withObject("/param").put(name, value));
          ArrayNode array = node.putArray("claims");
          for (Claim claim : judged) {
            ObjectNode each = array.addObject();
            each.put("number", claim.number());
            each.put("verdict", claim.verdict().words());
            each.put("text", claim.text());
            each.put("rule", claim.rule());
            each.put("measured", claim.measured());
          }
        });
    return variants;
  }
}
