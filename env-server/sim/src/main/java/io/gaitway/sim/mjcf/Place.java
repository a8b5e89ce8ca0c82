package io.gaitway.sim.mjcf;

/**
 * Where an element stands.
 *
 * @param file name of the file
 * @param line from 1
 * @param element its tag and name, for people
 */
record Place(String file, int line, String element) {
  /** The exception that refuses the element. */
  MjcfException refuse(String reason) {
    return new MjcfException(file, line, element, reason);
  }

  /** What is left out of the element, and what replaces it. */
  MjcfWarning warn(String leftOut, String instead) {
    return new MjcfWarning(file, line, element, leftOut, instead);
  }
}
