package io.gaitway.address;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {

  @Test
  void isOneLine() {
    assertEquals(
        "gaitway-agent|1|tcp|127.0.0.1:43127",
        Handshake.AGENT.line(new Address.Tcp("127.0.0.1", 43127)));
    assertEquals(
        "gaitway-server|1|unix|/run/g w.sock",
        Handshake.SERVER.line(new Address.Unix("/run/g w.sock")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1:43127", "[fe80::1%eth0]:1", "unix:/run/g w|1.sock", "unix:ü.sock"})
  void isReadAsWritten(String address) {
    for (Handshake handshake : Handshake.values()) {
      String line = handshake.line(Address.parse(address));
      assertTrue(handshake.isMeantBy(line));
      assertEquals(Endpoint.parse(address), handshake.read(line + "\r"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[0.012s][info][gc] Using G1",
        "Picked up JAVA_TOOL_OPTIONS: -Xlog:gc",
        "gaitway serving on 127.0.0.1:7447",
        " gaitway-server|1|tcp|127.0.0.1:7447",
        ""
      })
  void otherLinesAreNotMeant(String line) {
    assertFalse(Handshake.SERVER.isMeantBy(line));
    assertThrows(IllegalArgumentException.class, () -> Handshake.SERVER.read(line));
  }

  @ParameterizedTest
  @CsvSource({
    "gaitway-agent|1|pigeon|roof, printed '.*' instead of a handshake such as .*",
    "gaitway-agent|2|tcp|127.0.0.1:1, 'printed a handshake of version 2, but this program reads version 1'",
    "gaitway-agent|1|tcp|127.0.0.1, printed a handshake with an address that cannot be used: .*",
    "gaitway-agent|1|tcp|unix:/a, printed a handshake with a socket's path as its TCP address: .*",
    "gaitway-server|1|tcp|127.0.0.1:1, printed '.*' instead of a handshake such as .*"
  })
  void whatCannotBeReadIsToldByItsCause(String line, String message) {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> Handshake.AGENT.read(line));
    assertTrue(String.valueOf(fault.getMessage()).matches(message), fault.getMessage());
  }
}
