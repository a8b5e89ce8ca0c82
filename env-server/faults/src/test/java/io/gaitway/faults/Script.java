package io.gaitway.faults;

import com.google.protobuf.MessageLite;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client says to a server, as bytes that a fuzzer can change: each part has a byte that says
 * what it is, two bytes of length, and its content. All bytes are a script; the last part is cut
 * where they end.
 */
final class Script {
  /** Above all numbers of methods: the content is a header for the calls that follow. */
  private static final int HEADER = 0xf0;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /**
   * A message, or a header.
   *
   * @param kind number of the method that gets the message, or of the header
   */
  record Part(boolean isHeader, int kind, byte[] content) {}

  /** Adds a message. */
  Script say(int method, MessageLite message) {
    return add(method, message.toByteArray());
  }

  /** Adds a header for the messages after it. */
  Script head(int header, String value) {
    return add(HEADER + header, value.getBytes(StandardCharsets.US_ASCII));
  }

  private Script add(int kind, byte[] content) {
    bytes.write(kind);
    bytes.write(content.length);
    bytes.write(content.length >> 8);
    bytes.writeBytes(content);
    return this;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  /** The parts of a script. */
  static List<Part> read(byte[] script) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at + 3 <= script.length) {
      int kind = script[at] & 0xff;
      int length = (script[at + 1] & 0xff) | (script[at + 2] & 0xff) << 8;
      byte[] content = new byte[Math.min(length, script.length - at - 3)];
      System.arraycopy(script, at + 3, content, 0, content.length);
      parts.add(new Part(kind >= HEADER, kind >= HEADER ? kind - HEADER : kind, content));
      at += 3 + content.length;
    }
    return parts;
  }
}
