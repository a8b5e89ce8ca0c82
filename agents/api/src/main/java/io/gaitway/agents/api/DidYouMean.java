package io.gaitway.agents.api;

import java.util.Collection;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/** What somebody may have meant who named something that is not there. */
public final class DidYouMean {
  /** Names less alike are guesses that do not help. */
  private static final double LEAST_ALIKE = 0.75;

  private static final JaroWinklerSimilarity LIKENESS = new JaroWinklerSimilarity();

  private DidYouMean() {}

  /**
   * To be said after a name that is not there.
   *
   * @param named what is not there
   * @param names what is
   * @return such as " (did you mean 'kappa'?)", or nothing if no name is like it
   */
  public static String hint(String named, Collection<String> names) {
    String closest = "";
    double likeness = LEAST_ALIKE;
    for (String name : names) {
      double alike = LIKENESS.apply(named, name);
      if (alike > likeness) {
        closest = name;
        likeness = alike;
      }
    }
    return closest.isEmpty() ? "" : " (did you mean '" + closest + "'?)";
  }
}
