package io.gaitway.client;

import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;

/**
 * An environment that was made of files.
 *
 * @param environment with its default parameters; its id is the name of the files and a digest
 * @param warnings what of the robot's file changes the motion but was left out, and what replaces
 *     it; a sentence each
 */
public record AddedEnvironment(EnvironmentInfo environment, List<String> warnings) {
  /** Copies the list. */
  public AddedEnvironment {
    warnings = List.copyOf(warnings);
  }
}
