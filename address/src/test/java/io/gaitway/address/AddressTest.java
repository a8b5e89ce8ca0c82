package io.gaitway.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  @Test
  void readsEveryForm() {
    assertEquals(new Address.Tcp("127.0.0.1", 50051), Address.parse("127.0.0.1:50051"));
    assertEquals(new Address.Tcp("sim.example.org", 1), Address.parse("sim.example.org:1"));
    assertEquals(new Address.Tcp("::1", 65535), Address.parse("[::1]:65535"));
    assertEquals(new Address.Tcp("fe80::1%eth0", 7447), Address.parse("[fe80::1%eth0]:7447"));
    assertEquals(new Address.Tcp("fe80::1%3", 7447), Address.parse("[fe80::1%3]:7447"));
    assertEquals(new Address.Unix("/run/gaitway.sock"), Address.parse("unix:/run/gaitway.sock"));
    assertEquals(new Address.Unix("/run/gaitway.sock"), Address.parse("unix:///run/gaitway.sock"));
    assertEquals(new Address.Unix("relative.sock"), Address.parse("unix:relative.sock"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:50051",
        "localhost:7447",
        "[::1]:7",
        "[fe80::fc:ff:fe00:1%wlp3s0.7]:7447",
        "[::ffff:127.0.0.1]:7447",
        "unix:/a/b",
        "unix:h#1.sock",
        "unix:p%41.sock",
        "unix:ü.sock",
        "unix:a b?c|d.sock"
      })
  void writesWhatItRead(String text) {
    assertEquals(text, Address.parse(text).toString());
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
        "localhost:٧٤٤٧",
        "http://localhost:50051",
        "local host:1",
        "my_server:1",
        "-x:1",
        "1.2.3:1",
        "bücher.example:1",
        "localhost:-1",
        "[]:1",
        "[::1",
        "[::1]",
        "[:::1]:1",
        "[1.2.3.4]:1",
        "[::1%]:1",
        "[::1%a%b]:1",
        "unix:",
        "unix://",
        "unix:a\nb",
        "unix:a\0b"
      })
  void refusesTheRestAndSaysWhatToWrite(String text) {
    String message = refusal(text);
    assertTrue(message.contains("'" + text.replace("unix://", "unix:/") + "'"), message);
    assertTrue(message.contains("unix:/path/to/socket"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "::1:7447, [::1]:7447",
    "fe80::1:7447, [fe80::1]:7447",
    "fe80::1%eth0:7447, [fe80::1%eth0]:7447"
  })
  void anIpv6AddressWithoutBracketsIsToldToHaveThem(String text, String better) {
    String message = refusal(text);
    assertTrue(message.endsWith("an IPv6 address needs brackets: " + better), message);
  }

  @Test
  void aPathThatNoSocketHasRoomForIsCalledSo() {
    String longest = "unix:" + "x".repeat(103);
    assertEquals(longest, Address.parse(longest).toString());
    // Bytes count, not characters.
    String message = refusal("unix:/tmp/" + "ü".repeat(53));
    assertTrue(message.startsWith("address has a path of 111 bytes"), message);
    assertTrue(message.contains("use a shorter one"), message);
  }

  @Test
  void thePartsAreCheckedToo() {
    assertThrows(IllegalArgumentException.class, () -> new Address.Tcp("[::1]", 1));
    assertThrows(IllegalArgumentException.class, () -> new Address.Tcp("", 1));
    assertThrows(IllegalArgumentException.class, () -> new Address.Tcp("a", 0));
    assertThrows(IllegalArgumentException.class, () -> new Address.Unix(""));
  }

  private static String refusal(String text) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Address.parse(text)).getMessage());
  }
}
