package io.gaitway.sim.mjcf;

/** A robot file that is wrong, or that asks for what is not supported. */
public final class MjcfException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final int line;
  private final String element;
  private final String reason;

  /**
   * Describes the fault.
   *
   * @param file name of the file, as it was opened
   * @param line of the element, from 1; 0 if the fault is the file's as a whole
   * @param element the element's tag and name as the file has them; empty for the file as a whole
   * @param reason what is wrong, then what to do or what is allowed
   */
  public MjcfException(String file, int line, String element, String reason) {
    super(
        file
            + (line > 0 ? ":" + line : "")
            + (element.isEmpty() ? "" : ": " + element)
            + ": "
            + reason);
    this.file = file;
    this.line = line;
    this.element = element;
    this.reason = reason;
  }

  /** The file that holds the fault. */
  public String file() {
    return file;
  }

  /** The line, from 1; 0 if the fault is the file's as a whole. */
  public int line() {
    return line;
  }

  /** The element, such as {@code <joint name="knee">}; empty for the file as a whole. */
  public String element() {
    return element;
  }

  /** What is wrong, and what to do. */
  public String reason() {
    return reason;
  }
}
