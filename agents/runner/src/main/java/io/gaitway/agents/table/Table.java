package io.gaitway.agents.console;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of text in columns for a terminal; the last column is wrapped. */
public final class TextTable {
  private static final int WIDTH = 100;
  private static final int LEAST_LAST_COLUMN = 30;

  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a row; all rows have the same number of cells. */
  public void row(String... cells) {
    rows.add(Arrays.asList(cells));
  }

  /** Prints the rows, each line after {@code indent}. */
  public void print(PrintWriter out, String indent) {
    if (rows.isEmpty()) {
      return;
    }
    int columns = rows.get(0).size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    int before = indent.length();
    for (int i = 0; i < columns - 1; i++) {
      before += widths[i] + 2;
    }
    int last = Math.max(LEAST_LAST_COLUMN, WIDTH - before);
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int i = 0; i < columns - 1; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      for (String part : wrap(row.get(columns - 1), last)) {
        out.println((line + part).stripTrailing());
        line = new StringBuilder(" ".repeat(before));
      }
    }
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (line.length() > 0 && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      if (line.length() > 0) {
        line.append(' ');
      }
      line.append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
