package io.gaitway.server.log;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, as a line of the log with fields of its own. What may not stand there:
 * tokens, keys of evaluations, and more than the first 8 characters of a session's id.
 */
public final class Event extends LogRecord {
  @Serial private static final long serialVersionUID = 1L;

  private static final Logger OPERATION = Logger.getLogger("gaitway");
  private static final Logger AUDIT = Logger.getLogger("gaitway.audit");

  private final transient Map<String, Object> fields = new LinkedHashMap<>();
  private final transient Logger logger;
  private final @Nullable String kind;

  private Event(Logger logger, Level level, @Nullable String kind, String message) {
    super(level, message);
    this.logger = logger;
    this.kind = kind;
    setLoggerName(logger.getName());
  }

  /** Something that an operator wants to know; {@code what} is always the same for its kind. */
  public static Event of(String what) {
    return new Event(OPERATION, Level.INFO, what, what);
  }

  /** As {@link #of}, of something that happens in several ways, each with a limit of its own. */
  public static Event of(String what, String way) {
    return new Event(OPERATION, Level.INFO, what + " " + way, what);
  }

  /** Something for the audit log, of which none is left out. */
  public static Event audit(String what) {
    return new Event(AUDIT, Level.INFO, null, what);
  }

  /** Adds a field. */
  public Event with(String key, Object value) {
    fields.put(key, value);
    return this;
  }

  /** Writes it. */
  public void log() {
    logger.log(this);
  }

  Map<String, Object> fields() {
    return fields;
  }

  /** What is limited together; null if it is not limited. */
  @Nullable String kind() {
    return kind;
  }
}
