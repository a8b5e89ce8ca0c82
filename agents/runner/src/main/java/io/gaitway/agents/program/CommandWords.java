package io.gaitway.agents.program;

import io.gaitway.agents.api.SettingException;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of command lines: split as a POSIX shell splits them, without anything else that a
 * shell does (no variables, no patterns, no redirections), and quoted for one.
 */
public final class CommandWords {
  private static final char NONE = 0;

  private CommandWords() {}

  /**
   * The words of a line: separated by white space; {@code '...'} is taken as it is, {@code "..."}
   * and what is outside quotes with {@code \} before a character that stands for itself.
   *
   * @param option name of the option that has the line, for messages
   * @throws SettingException if the line has no word, or ends inside a quotation
   */
  public static List<String> split(String option, String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = NONE;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
        char escaped = line.charAt(++i);
        if (quote == '"' && escaped != '"' && escaped != '\\') {
          word.append(c);
        }
        word.append(escaped);
        begun = true;
      } else if (c == quote) {
        quote = NONE;
      } else if (quote != NONE) {
        word.append(c);
      } else if (c == '\'' || c == '"') {
        quote = c;
        begun = true;
      } else if (!Character.isWhitespace(c)) {
        word.append(c);
        begun = true;
      } else if (begun) {
        words.add(word.toString());
        word.setLength(0);
        begun = false;
      }
    }
    if (quote != NONE) {
      throw new SettingException(
          "%s has a %c that is never closed: %s".formatted(option, quote, line));
    }
    if (begun) {
      words.add(word.toString());
    }
    if (words.isEmpty()) {
      throw new SettingException(option + " must be a program and its arguments, but is empty");
    }
    return words;
  }

  /**
   * A word as it is typed into a shell: in quotation marks if the shell would not take it as it is.
   */
  public static String quote(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
