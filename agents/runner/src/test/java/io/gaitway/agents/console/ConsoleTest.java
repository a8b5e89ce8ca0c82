package io.gaitway.agents.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleTest {
  private final StringWriter text = new StringWriter();

  private Status status(boolean inPlace) {
    return new Status(new PrintWriter(text), inPlace);
  }

  private String printed() {
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalShowsTheNewestLines() {
    Status status = status(true);
    status.show("one");
    status.show(List.of("two", "three"));
    status.show("four");
    assertEquals("one\r\u001b[Jtwo\nthree\r\u001b[1A\u001b[Jfour", printed());
    status.say("a word");
    status.show("five");
    status.end();
    status.end();
    assertTrue(printed().endsWith("four\na word\nfive\n"), printed());
    status.show("six");
    status.clear();
    status.say("another");
    assertTrue(printed().endsWith("six\r\u001b[Janother\n"), printed());
  }

  @Test
  void elsewhereEachLineIsALine() {
    Status status = status(false);
    status.show("one");
    status.show(List.of("two", "three"));
    status.clear();
    status.say("a word");
    status.end();
    assertEquals("one\ntwo\nthree\na word\n", printed());
  }

  @Test
  void thePaceFollowsTheLastUnits() {
    Pace pace = new Pace();
    assertTrue(Double.isNaN(pace.secondsFor(1)));
    pace.took(10);
    assertEquals(20, pace.secondsFor(2));
    pace.took(5);
    assertEquals(9, pace.secondsFor(1));
    assertEquals("1 min 30 s left", pace.left(10, 15));
    assertEquals("done in 15 s", pace.left(0, 15));
  }
}
