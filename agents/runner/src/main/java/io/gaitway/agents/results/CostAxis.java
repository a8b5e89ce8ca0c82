package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import java.util.List;

/**
 * The range of costs that a task's panel shows. It is cut: what costs more leaves through the top.
 *
 * @param low lower end
 * @param high upper end
 */
public record CostAxis(double low, double high) {
  /** Upper end in units of DDP, where no episode ends early. */
  private static final double SWIMMING = 3;

  /** Upper end in units of DDP, where a fall is costly. */
  private static final double FALLING = 10;

  /**
   * The axis of a task's panel.
   *
   * @param curves all that it shows
   */
  public static CostAxis of(Summary summary, List<List<Intervals>> curves) {
    boolean canFall = summary.falls() != null;
    double low = canFall ? 0 : 0.75 * summary.ddp();
    for (List<Intervals> curve : curves) {
      for (Intervals costs : curve) {
        low = Math.min(low, costs.lower());
      }
    }
    return new CostAxis(low, (canFall ? FALLING : SWIMMING) * summary.ddp());
  }
}
