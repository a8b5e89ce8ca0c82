package io.gaitway.agents.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The option that says with which seeds something is done. */
final class SeedsChoice {
  private static final int MOST = 1000;
  private static final Pattern PART = Pattern.compile("(\\d{1,18})(?:-(\\d{1,18}))?");

  @Option(
      names = "--seeds",
      defaultValue = "10",
      paramLabel = "SEEDS",
      description =
          "How many seeds, from 0 on, as in 10; or which ones, as in 5-9 or 0,3,7-9; 1 to 1000 of"
              + " them. Default ${DEFAULT-VALUE}.")
  private String text = "";

  SeedsChoice() {}

  /**
   * The seeds, in the order given.
   *
   * @throws picocli.CommandLine.ParameterException if they are not allowed
   */
  List<Long> seeds(CommandSpec spec) {
    String[] parts = text.strip().split("\\s*,\\s*", -1);
    if (parts.length == 1 && parts[0].matches("\\d+")) {
      long count = parts[0].length() > 4 ? Long.MAX_VALUE : Long.parseLong(parts[0]);
      Gaitway.require(
          spec, "--seeds", parts[0], count >= 1 && count <= MOST, "between 1 and " + MOST);
      return LongStream.range(0, count).boxed().toList();
    }
    Set<Long> seeds = new LinkedHashSet<>();
    for (String part : parts) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()) {
        throw Gaitway.usage(spec, "--seeds must be like 10, 5-9 or 0,3,7-9, but is '" + text + "'");
      }
      long first = Long.parseLong(matcher.group(1));
      long last = matcher.group(2) == null ? first : Long.parseLong(matcher.group(2));
      Gaitway.require(
          spec,
          "--seeds",
          part,
          last >= first && last - first < MOST,
          "from the lower to the higher, at most " + MOST + " of them");
      for (long seed = first; seed <= last; seed++) {
        if (!seeds.add(seed)) {
          throw Gaitway.usage(spec, "--seeds has " + seed + " twice");
        }
      }
    }
    Gaitway.require(
        spec, "--seeds", seeds.size() + " of them", seeds.size() <= MOST, "at most " + MOST);
    return new ArrayList<>(seeds);
  }
}
