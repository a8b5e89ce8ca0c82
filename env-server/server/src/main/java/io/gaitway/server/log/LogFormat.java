package io.gaitway.server.log;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/** How a line of the log is written; both forms have the same keys, and never more than a line. */
public enum LogFormat {
  /** {@code key=value}, in quotes where the value needs them. */
  TEXT {
    @Override
    String write(Map<String, Object> line) {
      StringJoiner text = new StringJoiner(" ");
      line.forEach((key, value) -> text.add(key + "=" + quoted(value.toString())));
      return text.toString();
    }
  },
  /** An object of JSON. */
  JSON {
    @Override
    String write(Map<String, Object> line) {
      try {
        return MAPPER.writeValueAsString(line);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("a line of the log is no JSON", e);
      }
    }
  };

  private static final JsonMapper MAPPER = new JsonMapper();
  private static final SimpleFormatter MESSAGE = new SimpleFormatter();
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  /** Loggers whose stack traces are of use; those of libraries tell of peers, not of defects. */
  private static final String OWN = "io.gaitway.";

  private static final int MOST_FRAMES = 15;

  private static final int MOST_CAUSES = 4;

  abstract String write(Map<String, Object> line);

  /** The line of a record; to be made on the thread that logs, which knows the call. */
  String line(LogRecord record) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", TIME.format(record.getInstant()));
    line.put("level", LogLevel.name(record.getLevel()));
    line.put("msg", String.valueOf(MESSAGE.formatMessage(record)));
    line.put("logger", String.valueOf(record.getLoggerName()));
    if (record instanceof Event event) {
      line.putAll(event.fields());
    }
    RequestId request = RequestId.ofCall();
    if (request != null) {
      line.putIfAbsent("request", request.toString());
    }
    putFault(line, record.getThrown(), String.valueOf(record.getLoggerName()).startsWith(OWN));
    return write(line);
  }

  /** A line that says how many of a kind were left out. */
  String omitted(Instant time, String kind, long count) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", TIME.format(time));
    line.put("level", "info");
    line.put("msg", "and " + count + " more");
    line.put("of", kind);
    return write(line);
  }

  private static void putFault(
      Map<String, Object> line, @Nullable Throwable thrown, boolean withStack) {
    if (thrown == null) {
      return;
    }
    line.put("error", thrown.toString());
    if (!withStack) {
      return;
    }
    StringJoiner stack = new StringJoiner(" < ");
    int causes = 0;
    for (Throwable t = thrown; t != null && causes < MOST_CAUSES; t = t.getCause()) {
      if (causes++ > 0) {
        stack.add("caused by " + t);
      }
      Arrays.stream(t.getStackTrace())
          .limit(MOST_FRAMES)
          .forEach(frame -> stack.add(frame.toString()));
    }
    line.put("stack", stack.toString());
  }

  private static String quoted(String value) {
    boolean plain =
        !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '=');
    return plain ? value : '"' + escaped(value) + '"';
  }

  private static String escaped(String value) {
    StringBuilder text = new StringBuilder(value.length() + 8);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c == '\n') {
        text.append("\\n");
      } else if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
