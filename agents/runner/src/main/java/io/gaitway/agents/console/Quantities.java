package io.gaitway.agents.console;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Costs and time spans for people. */
public final class Quantities {
  private Quantities() {}

  /** A cost in at most seven characters, or a word if there is none. */
  public static String cost(@Nullable Double cost) {
    if (cost == null) {
      return "diverged";
    }
    return Math.abs(cost) < 1e5
        ? String.format(Locale.ROOT, "%.2f", cost)
        : String.format(Locale.ROOT, "%.1e", cost);
  }

  /** A time span for people, such as {@code 1 min 20 s}. */
  public static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    return whole / 3600 + " h " + whole / 60 % 60 + " min";
  }
}
