package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.List;

/** The warnings of one file, in the order they were found. */
final class Warnings {
  private final List<MjcfWarning> kept = new ArrayList<>();
  private int others;

  /** The same warnings, to be added to by themselves. */
  Warnings copy() {
    Warnings copy = new Warnings();
    copy.kept.addAll(kept);
    copy.others = others;
    return copy;
  }

  /** Keeps a warning, unless there are very many. */
  void add(Place place, String leftOut, String instead) {
    if (kept.size() < Limits.WARNINGS) {
      kept.add(place.warn(leftOut, instead));
    } else {
      others++;
    }
  }

  /** All warnings; if there were too many to keep, the last says how many are missing. */
  List<MjcfWarning> all() {
    List<MjcfWarning> all = new ArrayList<>(kept);
    if (others > 0) {
      MjcfWarning last = kept.get(kept.size() - 1);
      all.add(
          new MjcfWarning(
              last.file(), last.line(), last.element(), others + " more warnings", "not listed"));
    }
    return List.copyOf(all);
  }
}
