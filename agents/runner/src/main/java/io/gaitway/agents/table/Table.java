package io.gaitway.agents.table;

import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Rows of cells, texts or numbers, under a head. */
public final class Table {
  private static final int WIDTH = 100;
  private static final int LEAST_LAST_COLUMN = 30;

  /** How a text begins that spreadsheets run. */
  private static final Pattern FORMULA = Pattern.compile("\\s*[=+@\\-]|[\\t\\r]");

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");

  private static final ObjectWriter CSV =
      CsvMapper.builder()
          .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // The same on every Java.
          .build()
          .writer();

  /** A column of a table whose rows are about a {@code T} each. */
  public record Column<T>(String head, Function<T, ?> cell) {}

  /** The head, if there is one, and the rows below it. */
  private final List<List<?>> lines = new ArrayList<>();

  private final int columns;

  /** A table without rows. */
  public Table(List<String> head) {
    columns = head.size();
    lines.add(List.copyOf(head));
  }

  /** A table without rows. */
  public Table(String... head) {
    this(List.of(head));
  }

  private Table(int columns) {
    this.columns = columns;
  }

  /** A table without head and rows, for a terminal. */
  public static Table headless(int columns) {
    return new Table(columns);
  }

  /** A table with a row for each of some things. */
  public static <T> Table of(List<Column<T>> columns, List<T> things) {
    Table table = new Table(columns.stream().map(Column::head).toList());
    for (T thing : things) {
      table.row(columns.stream().map(column -> column.cell().apply(thing)).toList());
    }
    return table;
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException unless it has a cell for each column
   */
  public void row(List<?> cells) {
    if (cells.size() != columns) {
      throw new IllegalArgumentException(
          "a row of %d cells does not fit a table of %d columns".formatted(cells.size(), columns));
    }
    lines.add(List.copyOf(cells));
  }

  /** Adds a row, see {@link #row(List)}. */
  public void row(Object... cells) {
    row(List.of(cells));
  }

  /**
   * The table as comma-separated values (RFC 4180, lines end with a line feed), numbers in full. A
   * text that a spreadsheet would take for a formula has an apostrophe before it: names come from
   * strangers.
   */
  public String csv() {
    StringWriter text = new StringWriter();
    try (SequenceWriter writer = CSV.writeValues(text)) {
      for (List<?> line : lines) {
        writer.write(line.stream().map(Table::harmless).toList());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("texts and numbers could not be written", e);
    }
    return text.toString();
  }

  private static Object harmless(Object cell) {
    return cell instanceof CharSequence text
            && FORMULA.matcher(text).lookingAt()
            && !NUMBER.matcher(text).matches()
        ? "'" + text
        : cell;
  }

  /** A number for people, with so many decimals; a sign if it is infinite. */
  public static String fixed(int digits, double value) {
    return value == Double.POSITIVE_INFINITY
        ? "∞"
        : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  /** The table in Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    for (List<?> line : lines) {
      text.append(
          line.stream()
              .map(cell -> cell.toString().replace("|", "\\|"))
              .collect(Collectors.joining(" | ", "| ", " |\n")));
      if (line == lines.get(0)) {
        text.append("|---".repeat(columns)).append("|\n");
      }
    }
    return text.toString();
  }

  /** Prints the table in columns, the last of which is wrapped, each line after {@code indent}. */
  public void print(PrintWriter out, String indent) {
    int[] widths = new int[columns];
    for (List<?> line : lines) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], line.get(i).toString().length());
      }
    }
    int before = indent.length();
    for (int i = 0; i < columns - 1; i++) {
      before += widths[i] + 2;
    }
    int last = Math.max(LEAST_LAST_COLUMN, WIDTH - before);
    for (List<?> line : lines) {
      StringBuilder text = new StringBuilder(indent);
      for (int i = 0; i < columns - 1; i++) {
        String cell = line.get(i).toString();
        text.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
      }
      for (String part : wrap(line.get(columns - 1).toString(), last)) {
        out.println((text + part).stripTrailing());
        text = new StringBuilder(" ".repeat(before));
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
