package io.gaitway.agents.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {
  @Test
  void cellsAreQuotedWhereTheyMustBeAndNumbersAreInFull() {
    String long24 = "a text of more than twenty-four characters";
    assertEquals(
        "name,value\n"
            + long24
            + ",0.1\n\"a, \"\"b\"\"\nc\",1.0E-5\n,Infinity\nü,9007199254740993\n",
        Csv.of(
            List.of("name", "value"),
            List.of(
                List.of(long24, 0.1),
                List.of("a, \"b\"\nc", 1e-5),
                List.of("", Double.POSITIVE_INFINITY),
                List.of("ü", 9007199254740993L))));
  }
}
