package io.gaitway.agents.reproduction;

import io.gaitway.agents.statistics.Intervals;
import java.util.List;

/**
 * The range of costs that a task's panel shows. As in the paper it is cut: what costs more leaves
 * through the top.
 *
 * @param low lower end
 * @param high upper end
 */
public record CostAxis(double low, double high) {
  /** Upper end in units of DDP, where no episode ends early. */
  private static final double SWIMMING = 3;

  /** Upper end in units of DDP, where a fall is costly. */
  private static final double FALLING = 10;

  /** The axis for summaries of one task; at least one. */
  public static CostAxis of(List<Summary> summaries) {
    Summary first = summaries.get(0);
    double low = first.canFall() ? 0 : 0.75 * first.ddp();
    for (Summary summary : summaries) {
      for (PolicyKind kind : PolicyKind.values()) {
        for (Intervals costs : summary.of(kind).costs()) {
          low = Math.min(low, costs.lower());
        }
      }
    }
    return new CostAxis(low, (first.canFall() ? FALLING : SWIMMING) * first.ddp());
  }
}
