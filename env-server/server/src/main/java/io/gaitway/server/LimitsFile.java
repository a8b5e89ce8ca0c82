package io.gaitway.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * A YAML file of limits: the names of options without their dashes, and values, such as {@code
 * max-sessions: 200}. What stands on the command line counts more.
 */
final class LimitsFile {
  /** Options that are limits but do not begin with "--max-". */
  private static final Set<String> OTHERS =
      Set.of(
          "--threads",
          "--lease",
          "--kept-answers",
          "--evaluation-idle",
          "--evaluation-retention",
          "--grace");

  private LimitsFile() {}

  /** Whether an option may stand in such a file. */
  static boolean isLimit(OptionSpec option) {
    String name = option.longestName();
    return name.startsWith("--max-") || OTHERS.contains(name);
  }

  /**
   * Gives options the values of a file.
   *
   * @param line of the command, which has been parsed
   */
  static void apply(CommandLine line, Path file) {
    Map<String, OptionSpec> limits = new TreeMap<>();
    Collection<OptionSpec> options = line.getCommandSpec().options();
    options.stream()
        .filter(LimitsFile::isLimit)
        .forEach(option -> limits.put(option.longestName().substring(2), option));
    JsonNode values = read(line, file);
    Set<String> unknown = new TreeSet<>(List.copyOf(names(values)));
    unknown.removeAll(limits.keySet());
    if (!unknown.isEmpty()) {
      throw new ParameterException(
          line,
          "%s: there is no limit '%s'; there are %s"
              .formatted(file, unknown.iterator().next(), String.join(", ", limits.keySet())));
    }
    for (String name : names(values)) {
      OptionSpec option = limits.get(name);
      if (option != null && !line.getParseResult().hasMatchedOption(option)) {
        set(line, file, option, values.get(name));
      }
    }
  }

  private static Collection<String> names(JsonNode values) {
    Set<String> names = new TreeSet<>();
    values.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static JsonNode read(CommandLine line, Path file) {
    try {
      JsonNode values = new YAMLMapper().readTree(Files.readString(file));
      if (values.isMissingNode() || values.isObject()) {
        return values;
      }
      throw new ParameterException(
          line, file + " must have lines such as 'max-sessions: 200', but has something else");
    } catch (NoSuchFileException e) {
      throw new ParameterException(line, "--limits: there is no file " + file, e);
    } catch (JsonProcessingException e) {
      throw new ParameterException(
          line, "%s is no YAML: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new ParameterException(
          line, "--limits: %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static void set(CommandLine line, Path file, OptionSpec option, JsonNode value) {
    Class<?> type = option.type();
    String text = value.asText();
    try {
      if (!value.isValueNode() || value.isNull()) {
        throw new NumberFormatException();
      }
      if (type == int.class || type == Integer.class) {
        option.setValue(Integer.valueOf(text));
      } else if (type == long.class || type == Long.class) {
        option.setValue(Long.valueOf(text));
      } else if (type == double.class || type == Double.class) {
        option.setValue(Double.valueOf(text));
      } else {
        option.setValue(text);
      }
    } catch (NumberFormatException e) {
      throw new ParameterException(
          line,
          "%s: %s must be a number, but is '%s'"
              .formatted(file, option.longestName().substring(2), value),
          e);
    }
  }
}
