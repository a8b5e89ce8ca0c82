package io.gaitway.agents.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Names with several values each, as in {@code --set kappa=1,1.5 --set steps=3}.
 *
 * @param values by name, as text; a number is written in one way only
 */
record Grid(SortedMap<String, List<String>> values) {
  private static final int MOST_DIGITS = 400;

  /**
   * Reads an option.
   *
   * @param option its name
   * @param texts what it was given
   * @throws picocli.CommandLine.ParameterException naming the option and what is wrong
   */
  static Grid of(CommandSpec spec, String option, List<String> texts) {
    SortedMap<String, List<String>> values = new TreeMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      if (equals < 1 || equals == text.length() - 1) {
        throw Gaitway.usage(
            spec, option + " must be NAME=VALUE or NAME=VALUE,VALUE, but is '" + text + "'");
      }
      String name = text.substring(0, equals).strip();
      List<String> each = new ArrayList<>();
      for (String value : text.substring(equals + 1).split(",", -1)) {
        String plain = plain(value.strip());
        if (plain.isEmpty() || each.contains(plain)) {
          String wrong = plain.isEmpty() ? "an empty value" : plain + " twice";
          throw Gaitway.usage(spec, option + " " + name + " has " + wrong);
        }
        each.add(plain);
      }
      if (values.putIfAbsent(name, each) != null) {
        throw Gaitway.usage(
            spec, option + " has " + name + " twice; put commas between its values");
      }
    }
    return new Grid(values);
  }

  /** 1, 1.0 and 1e0 are the same value. What has more digits than any double is left as it is. */
  private static String plain(String value) {
    try {
      BigDecimal number = new BigDecimal(value).stripTrailingZeros();
      return Math.abs(number.scale()) > MOST_DIGITS ? value : number.toPlainString();
    } catch (NumberFormatException e) {
      return value; // A word.
    }
  }

  /** Every combination, one value of each name; a single empty one without names. */
  List<SortedMap<String, String>> combinations() {
    List<SortedMap<String, String>> combinations = List.of(new TreeMap<>());
    for (String name : values.keySet()) {
      List<SortedMap<String, String>> longer = new ArrayList<>();
      for (SortedMap<String, String> combination : combinations) {
        for (String value : values.getOrDefault(name, List.of())) {
          SortedMap<String, String> next = new TreeMap<>(combination);
          next.put(name, value);
          longer.add(next);
        }
      }
      combinations = longer;
    }
    return combinations;
  }
}
