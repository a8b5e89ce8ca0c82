package io.gaitway.agents.report;

import java.util.List;
import java.util.stream.Collectors;

/** A table in Markdown. */
public final class MarkdownTable {
  private MarkdownTable() {}

  /**
   * The table.
   *
   * @param head of each column
   * @param rows as many cells as there are columns
   */
  public static String of(List<String> head, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    text.append(line(head)).append("|---".repeat(head.size())).append("|\n");
    rows.forEach(row -> text.append(line(row)));
    return text.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
