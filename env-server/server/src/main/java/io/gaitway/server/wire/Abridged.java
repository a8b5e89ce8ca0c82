package io.gaitway.server.wire;

import java.nio.charset.StandardCharsets;

/**
 * Text cut to a length that a status can carry. Clients take at most 8 kB of headers and trailers,
 * in which every byte of a message may be escaped by three, and everything else by a third.
 */
final class Abridged {
  /** Most bytes of a message for people, as UTF-8. */
  static final int MESSAGE = 512;

  /** Most bytes of a value in the metadata, or of a field's path, as UTF-8. */
  static final int VALUE = 512;

  private static final String CUT = "…";

  /** Where a text is cut, as much of its end stays as a third of the beginning. */
  private static final int TAIL = 4;

  private Abridged() {}

  /** The text, or its beginning and its end if it is longer than so many bytes. */
  static String to(int most, String text) {
    if (text.length() <= most / 3 || bytes(text) <= most) {
      return text;
    }
    int room = most - bytes(CUT);
    String end = last(text, room / TAIL);
    return first(text, room - bytes(end)) + CUT + end;
  }

  private static String first(String text, int room) {
    int left = room;
    int end = 0;
    while (left >= bytes(text, end)) {
      left -= bytes(text, end);
      end += Character.charCount(text.codePointAt(end));
    }
    return text.substring(0, end);
  }

  private static String last(String text, int room) {
    int left = room;
    int start = text.length();
    while (left >= bytes(text, text.offsetByCodePoints(start, -1))) {
      start = text.offsetByCodePoints(start, -1);
      left -= bytes(text, start);
    }
    return text.substring(start);
  }

  private static int bytes(String text, int index) {
    return bytes(Character.toString(text.codePointAt(index)));
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
