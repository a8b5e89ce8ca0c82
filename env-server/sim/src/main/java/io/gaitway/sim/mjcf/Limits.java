package io.gaitway.sim.mjcf;

/** What a robot's file may ask for at most, so that no file costs much time or memory. */
final class Limits {
  /** Bytes of one file. */
  static final int FILE_BYTES = 1 << 21;

  /** Bytes of a file and all that it includes. */
  static final int ALL_BYTES = 1 << 22;

  /** Files that a file includes, directly or not. */
  static final int INCLUDES = 50;

  /** Elements of a file and all that it includes. */
  static final int ELEMENTS = 20_000;

  /** Elements within each other. */
  static final int DEPTH = 100;

  /** Bodies of a robot. */
  static final int BODIES = 200;

  /** Joints of a robot: the time to compile its dynamics grows with their square, or faster. */
  static final int JOINTS = 40;

  /** Warnings that are kept; one more says how many others there were. */
  static final int WARNINGS = 100;

  /** Greatest number in a file: masses and inertias made of such numbers are still numbers. */
  static final double MAGNITUDE = 1e30;

  /** Lengths and masses below are none, as to MuJoCo. */
  static final double TINY = 1e-14;

  private Limits() {}
}
