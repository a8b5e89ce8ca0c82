package io.gaitway.agents.reproduction;

import java.util.List;

/** What the runs say about a claim. */
public enum Verdict {
  /** It holds, beyond what chance explains. */
  HOLDS("holds"),
  /** It does not, beyond what chance explains. */
  DOES_NOT_HOLD("does not hold"),
  /** There are runs, but chance may explain either. */
  UNDECIDED("undecided"),
  /** Runs that it speaks of are missing. */
  NOT_MEASURED("not measured");

  private final String words;

  Verdict(String words) {
    this.words = words;
  }

  /** The verdict for people. */
  public String words() {
    return words;
  }

  /**
   * The verdict on a quantity that should lie above a limit.
   *
   * @param lower lower end of its 95 % interval
   * @param upper upper end
   */
  static Verdict above(double limit, double lower, double upper) {
    return lower > limit ? HOLDS : upper < limit ? DOES_NOT_HOLD : UNDECIDED;
  }

  /** The verdict on the contrary. */
  Verdict not() {
    return switch (this) {
      case HOLDS -> DOES_NOT_HOLD;
      case DOES_NOT_HOLD -> HOLDS;
      case UNDECIDED, NOT_MEASURED -> this;
    };
  }

  /** The verdict on a claim of several parts: one that does not hold refutes it. */
  static Verdict all(List<Verdict> parts) {
    for (Verdict decisive : List.of(DOES_NOT_HOLD, NOT_MEASURED, UNDECIDED)) {
      if (parts.contains(decisive)) {
        return decisive;
      }
    }
    return HOLDS;
  }

  /**
   * The verdict on whether at least half of some cases are so.
   *
   * @param cases on every one whether it is
   */
  static Verdict half(List<Verdict> cases) {
    if (cases.contains(NOT_MEASURED)) {
      return NOT_MEASURED;
    }
    long so = cases.stream().filter(each -> each == HOLDS).count();
    long notSo = cases.stream().filter(each -> each == DOES_NOT_HOLD).count();
    return 2 * so >= cases.size() ? HOLDS : 2 * notSo > cases.size() ? DOES_NOT_HOLD : UNDECIDED;
  }
}
