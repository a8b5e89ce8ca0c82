package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.trajopt.EstimatedDerivatives;

/** Settings of where the dynamics' derivatives come from, see {@link EstimatedDerivatives}. */
public record DerivativeSettings(
    @Setting(
            value =
                "Estimates the dynamics' derivatives from this many pairs of control steps per entry"
                    + " of state and action, at every knot; 0 for the simulator's own",
            min = 0,
            max = 100)
        int derivativePairs,
    @Setting(value = "Deviation of every state entry in these steps, in its unit", above = 0)
        double derivativeStateStd,
    @Setting(value = "Deviation of every action entry in these steps", above = 0, unit = "N m")
        double derivativeActionStd,
    @Setting(
            "Adds the dynamics' second derivatives to iLQR, which makes it differential dynamic"
                + " programming")
        boolean secondOrder) {
  /** Checks that they go together. */
  public DerivativeSettings {
    if (secondOrder && derivativePairs > 0) {
      throw new IllegalArgumentException(
          "second_order needs the simulator's own derivatives, that is derivative_pairs = 0, but"
              + " derivative_pairs is "
              + derivativePairs);
    }
  }

  /** The simulator itself, or one that estimates. */
  Simulator of(Simulator simulator) {
    if (derivativePairs == 0) {
      return simulator;
    }
    EnvironmentInfo environment = simulator.environment();
    return new EstimatedDerivatives(
        simulator,
        new EstimatedDerivatives.Options(
            derivativePairs * (environment.nx() + environment.nu()),
            derivativeStateStd,
            derivativeActionStd));
  }
}
