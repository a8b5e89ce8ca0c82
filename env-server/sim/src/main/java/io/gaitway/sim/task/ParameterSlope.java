package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.StepSlope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The derivative of a planar environment's step by a parameter. */
record ParameterSlope(Environment owner, StepSlope step) implements Environment.Slope {
  /** Values of a parameter that its numbers are interpolated from. */
  private static final int NODES = 8;

  /** Distance between them, as a part of the value. */
  private static final double SPACING = 1.0 / 128;

  /** Values smaller than this part of the range, and of 1, are taken to be as large. */
  private static final double SMALL = 1e-3;

  /** The step's derivative of a slope that {@code owner} has to have made. */
  static StepSlope of(Environment.Slope slope, Environment owner) {
    if (slope instanceof ParameterSlope own && own.owner() == owner) {
      return own.step();
    }
    throw new IllegalArgumentException("the slope belongs to another environment");
  }

  /**
   * Where to interpolate, as distances from the value in force: around it, above it or below it,
   * whichever are in the parameter's range, in that order. At the value itself numbers may vanish,
   * and formulas with them.
   */
  static List<double[]> offsets(EnvironmentSpec.Parameter parameter) {
    double least = SMALL * Math.min(1, parameter.upper() - parameter.lower());
    double spacing = SPACING * Math.max(Math.abs(parameter.value()), least);
    double[] above = new double[NODES];
    double[] around = new double[NODES];
    for (int i = 0; i < NODES; i++) {
      above[i] = (i + 1) * spacing;
      around[i] = (i < NODES / 2 ? i - NODES / 2 : i - NODES / 2 + 1) * spacing;
    }
    double[] below = Arrays.stream(above).map(offset -> -offset).toArray();
    List<double[]> result = new ArrayList<>(List.of(around, above, below));
    result.removeIf(
        offsets ->
            Arrays.stream(offsets)
                .map(offset -> parameter.value() + offset)
                .anyMatch(value -> value < parameter.lower() || value > parameter.upper()));
    return result;
  }
}
