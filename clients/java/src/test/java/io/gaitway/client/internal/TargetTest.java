package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

  @Test
  void readsEveryForm() {
    assertEquals(new Target.Tcp("127.0.0.1", 50051), Target.parse("127.0.0.1:50051"));
    assertEquals(new Target.Tcp("sim.example.org", 1), Target.parse("sim.example.org:1"));
    assertEquals(new Target.Tcp("::1", 65535), Target.parse("[::1]:65535"));
    assertEquals(new Target.Unix("/run/gaitway.sock"), Target.parse("unix:/run/gaitway.sock"));
    assertEquals(new Target.Unix("/run/gaitway.sock"), Target.parse("unix:///run/gaitway.sock"));
    assertEquals(new Target.Unix("relative.sock"), Target.parse("unix:relative.sock"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:50051", "[::1]:7", "unix:/a/b"})
  void writesWhatItRead(String text) {
    assertEquals(text, Target.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost:",
        ":50051",
        "localhost:0",
        "localhost:65536",
        "::1:50051",
        "http://localhost:50051",
        "local host:1",
        "localhost:-1",
        "unix:",
        "unix://"
      })
  void refusesTheRestAndSaysWhatToWrite(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Target.parse(text));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("'" + text + "'"), message);
    assertTrue(message.contains("unix:/path/to/socket"), message);
  }
}
