package io.gaitway.server.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What a principal may do; {@link Rights} says which method needs which. */
public enum Scope {
  /** Read the catalog; use dynamics and sessions. */
  SIMULATE,
  /** Open and control evaluations. */
  EVALUATE,
  /** Add models. */
  MODELS,
  /** Read the catalog, evaluations, the leaderboard and usage, and nothing else. */
  WATCH,
  /** Everything, also what belongs to others. */
  ADMIN;

  /** As people write it, such as "simulate". */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Several, as people write them: in order, with commas between. */
  public static String words(Set<Scope> scopes) {
    return scopes.stream().sorted().map(Scope::word).collect(Collectors.joining(","));
  }

  /**
   * Reads what {@link #word} writes.
   *
   * @throws IllegalArgumentException naming the scopes that there are
   */
  public static Scope parse(String word) {
    return Arrays.stream(values())
        .filter(scope -> scope.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "scope must be one of simulate, evaluate, models, watch, admin, but is '%s'"
                        .formatted(word)));
  }
}
