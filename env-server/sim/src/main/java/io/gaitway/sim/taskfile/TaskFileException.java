package io.gaitway.sim.taskfile;

/** A task file says something that makes no sense; the message names file, line and entry. */
public final class TaskFileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TaskFileException(String message) {
    super(message);
  }

  TaskFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
