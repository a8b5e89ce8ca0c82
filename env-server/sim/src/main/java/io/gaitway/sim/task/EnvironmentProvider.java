package io.gaitway.sim.task;

import java.util.Map;

/**
 * A kind of environment that the catalog offers; found by {@link java.util.ServiceLoader}, so that
 * a jar on the class path can add its own.
 */
public interface EnvironmentProvider {

  /** Catalog name, such as {@code swimmer}. */
  String id();

  /**
   * Builds the environment.
   *
   * @param overrides values by parameter name; what is not named keeps its default
   * @throws ParameterException if a name is unknown or a value is out of range
   */
  Environment create(Map<String, Double> overrides);
}
