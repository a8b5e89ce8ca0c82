package io.gaitway.agents.report;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** A table as comma-separated values (RFC 4180, lines end with a line feed), numbers in full. */
public final class Csv {
  private static final ObjectWriter WRITER =
      CsvMapper.builder().enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING).build().writer();

  private Csv() {}

  /**
   * The table.
   *
   * @param head of each column
   * @param rows as many cells, texts or numbers, as there are columns
   */
  public static String of(List<String> head, List<? extends List<?>> rows) {
    StringWriter text = new StringWriter();
    try (SequenceWriter lines = WRITER.writeValues(text)) {
      lines.write(head);
      lines.writeAll(rows);
    } catch (IOException e) {
      throw new UncheckedIOException("texts and numbers could not be written", e);
    }
    return text.toString();
  }
}
