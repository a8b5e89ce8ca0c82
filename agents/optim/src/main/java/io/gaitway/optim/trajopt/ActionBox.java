package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;
import org.ejml.data.DMatrixRMaj;

/** What the bounds of an environment's actions leave for changes δu of a trajectory's actions. */
final class ActionBox {
  /** Least δu, shape (T, nu). */
  final double[] lower;

  /** Greatest δu, shape (T, nu). */
  final double[] upper;

  private final List<EnvironmentInfo.ActionEntry> bounds;

  /** Allocates for trajectories of T control steps. */
  ActionBox(EnvironmentInfo environment, int T) {
    bounds = environment.action();
    lower = new double[T * bounds.size()];
    upper = new double[T * bounds.size()];
  }

  /** Whether the δu of knot t is within the bounds. */
  boolean contains(DMatrixRMaj du, int t) {
    int nu = bounds.size();
    for (int i = 0; i < nu; i++) {
      if (!(du.data[i] >= lower[t * nu + i] && du.data[i] <= upper[t * nu + i])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Measures the bounds from a trajectory's actions.
   *
   * @param us shape (T, nu); not modified
   * @throws IllegalArgumentException if an action is outside of its bounds
   */
  void around(double[] us) {
    int nu = bounds.size();
    for (int i = 0; i < lower.length; i++) {
      EnvironmentInfo.ActionEntry entry = bounds.get(i % nu);
      lower[i] = entry.lower() - us[i];
      upper[i] = entry.upper() - us[i];
      if (!(lower[i] <= 0 && upper[i] >= 0)) {
        throw new IllegalArgumentException(
            "action %s of knot %d must be in [%s, %s], but is %s"
                .formatted(entry.name(), i / nu, entry.lower(), entry.upper(), us[i]));
      }
    }
  }
}
