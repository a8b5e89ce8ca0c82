package io.gaitway.sim.mjcf;

/**
 * Something in a robot file that the model does not follow to the letter.
 *
 * @param file name of the file
 * @param line of the element, from 1
 * @param element the element's tag and name
 * @param leftOut what is left out
 * @param instead what replaces it
 */
public record MjcfWarning(String file, int line, String element, String leftOut, String instead) {
  @Override
  public String toString() {
    return file + ":" + line + ": " + element + ": " + leftOut + "; " + instead;
  }
}
