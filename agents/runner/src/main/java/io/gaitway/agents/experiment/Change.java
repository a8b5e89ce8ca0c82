package io.gaitway.agents.experiment;

import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.simulation.Simulator;
import java.util.Map;

/**
 * Another value of one of the environment's parameters than policies were trained with.
 *
 * @param parameter its name
 * @param value the value
 */
public record Change(String parameter, double value) {
  /**
   * The environment with the change.
   *
   * @throws InvalidArgumentException if it has no such parameter, or the value is out of its range
   */
  public Simulator of(Simulator simulator) {
    return simulator.with(Map.of(parameter, value));
  }

  /** As it is written on the command line, such as {@code friction=0.8}. */
  @Override
  public String toString() {
    return parameter + "=" + FinalMeasurement.number(value);
  }
}
