package io.gaitway.agents.table;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * A file of comma-separated values with a head, as {@link Table#csv} writes it.
 *
 * @param file where they are from
 * @param head names of the columns
 * @param rows below the head
 */
public record CsvRows(Path file, List<String> head, List<Row> rows) {
  private static final ObjectReader READER =
      CsvMapper.builder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build()
          .readerFor(String[].class);

  /** What {@link Table#csv} writes for a text that spreadsheets would run. */
  private static final Pattern HARMLESS = Pattern.compile("'(\\s*[=+@\\-]|[\\t\\r])[\\s\\S]*");

  /**
   * A row.
   *
   * @param number of the row in the file, the head being 1
   * @param cells by their column's name
   */
  public record Row(int number, Map<String, String> cells) {

    /** A cell; empty where there is no such column. */
    public String cell(String column) {
      return cells.getOrDefault(column, "");
    }
  }

  /**
   * Reads a file, also a compressed one whose name ends in {@code .gz}.
   *
   * @throws IOException naming the file and the row, if it is no such file
   */
  public static CsvRows read(Path file) throws IOException {
    try (InputStream content = open(file);
        MappingIterator<String[]> lines = READER.readValues(content)) {
      if (!lines.hasNext()) {
        throw new IOException(file + " is empty, but a table has a head");
      }
      List<String> head = List.of(lines.next());
      requireDifferent(file, head);
      List<Row> rows = new ArrayList<>();
      while (lines.hasNext()) {
        rows.add(row(file, rows.size() + 2, head, lines.next()));
      }
      return new CsvRows(file, head, rows);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist", e);
    } catch (RuntimeException e) {
      throw new IOException(file + " is not a table of comma-separated values", e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream content = new BufferedInputStream(Files.newInputStream(file));
    if (!file.toString().endsWith(".gz")) {
      return content;
    }
    try {
      return new GZIPInputStream(content);
    } catch (IOException e) {
      content.close();
      throw new IOException(file + " is not compressed by gzip, as its name says", e);
    }
  }

  private static void requireDifferent(Path file, List<String> head) throws IOException {
    Set<String> names = new HashSet<>();
    for (String name : head) {
      if (!names.add(name)) {
        throw new IOException(file + " has the column '" + name + "' twice");
      }
    }
  }

  private static Row row(Path file, int number, List<String> head, String[] line)
      throws IOException {
    if (line.length != head.size()) {
      throw new IOException(
          "%s, row %d has %d cells, but there are %d columns"
              .formatted(file, number, line.length, head.size()));
    }
    Map<String, String> cells = new HashMap<>();
    for (int i = 0; i < line.length; i++) {
      String cell = line[i];
      cells.put(head.get(i), HARMLESS.matcher(cell).matches() ? cell.substring(1) : cell);
    }
    return new Row(number, cells);
  }
}
