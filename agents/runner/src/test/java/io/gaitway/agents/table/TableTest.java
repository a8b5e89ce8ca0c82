package io.gaitway.agents.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.agents.table.Table.Column;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void csvQuotesCellsWhereItMustAndHasNumbersInFull() {
    String long24 = "a text of more than twenty-four characters";
    Table table = new Table("name", "value");
    table.row(long24, 0.1);
    table.row("a, \"b\"\nc", 1e-5);
    table.row("", Double.POSITIVE_INFINITY);
    table.row("ü", 9007199254740993L);
    assertEquals(
        "name,value\n"
            + long24
            + ",0.1\n\"a, \"\"b\"\"\nc\",1.0E-5\n,Infinity\nü,9007199254740993\n",
        table.csv());
  }

  @Test
  void aSpreadsheetRunsNoCell() {
    Table table = new Table("name", "value");
    table.row("=1+1", -1.5);
    table.row("+SUM(A1)", "-1.5e3");
    table.row("-1+1", "+2");
    table.row("@SUM(A1)", " =1");
    table.row("\t=1", "a=b");
    assertEquals(
        """
        name,value
        '=1+1,-1.5
        '+SUM(A1),-1.5e3
        '-1+1,+2
        '@SUM(A1),' =1
        '\t=1,a=b
        """,
        table.csv());
  }

  @Test
  void markdownHasBarsThatAreNoneOfTheTables() {
    List<Column<Map.Entry<String, Integer>>> columns =
        List.of(new Column<>("", Map.Entry::getKey), new Column<>("n", Map.Entry::getValue));
    assertEquals(
        """
        |  | n |
        |---|---|
        | a\\|b | 1 |
        | c | 2 |
        """,
        Table.of(columns, List.of(Map.entry("a|b", 1), Map.entry("c", 2))).markdown());
    assertEquals(
        """
        |  | n |
        |---|---|
        """,
        Table.of(columns, List.of()).markdown());
  }

  @Test
  void aTerminalHasColumnsOfWhichTheLastIsWrapped() {
    Table table = new Table("NAME", "N", "MEANING");
    table.row("short", 12, "word ".repeat(20).strip());
    table.row("longer than", 3, "");
    String word = "word ".repeat(16).strip();
    assertEquals(
        """
          NAME         N   MEANING
          short        12  WORDS
                           word word word word
          longer than  3
        """
            .replace("WORDS", word),
        printed(table, "  "));
  }

  @Test
  void withoutAHeadThereAreRowsAlone() {
    Table table = Table.headless(2);
    assertEquals("", printed(table, ""));
    table.row("a", "b");
    assertEquals("a  b\n", printed(table, ""));
  }

  @Test
  void aRowHasACellForEachColumn() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> new Table("a", "b").row(1, 2, 3));
    assertEquals("a row of 3 cells does not fit a table of 2 columns", refusal.getMessage());
  }

  private static String printed(Table table, String indent) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    table.print(out, indent);
    out.flush();
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
