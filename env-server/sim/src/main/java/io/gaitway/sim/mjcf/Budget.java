package io.gaitway.sim.mjcf;

/** Counts what one robot's files have asked for, and refuses what is too much. */
final class Budget {
  private int elements;
  private int bytes;
  private int bodies;
  private int joints;

  /** What has been asked for so far, to be counted on by itself. */
  Budget copy() {
    Budget copy = new Budget();
    copy.elements = elements;
    copy.bytes = bytes;
    copy.bodies = bodies;
    copy.joints = joints;
    return copy;
  }

  /** Counts a file's bytes. */
  void addBytes(String file, int added) {
    bytes += added;
    if (added > Limits.FILE_BYTES || bytes > Limits.ALL_BYTES) {
      throw new MjcfException(
          file,
          0,
          "",
          "the file is too large: one may have %d bytes, with all that it includes %d"
              .formatted(Limits.FILE_BYTES, Limits.ALL_BYTES));
    }
  }

  /** Counts an element that stands in {@code depth} others. */
  void addElement(Place place, int depth) {
    if (++elements > Limits.ELEMENTS) {
      throw place.refuse(
          "there are too many elements; a robot may have " + Limits.ELEMENTS + " of them");
    }
    checkDepth(place, depth);
  }

  /** Refuses elements too deep within others. */
  static void checkDepth(Place place, int depth) {
    if (depth > Limits.DEPTH) {
      throw place.refuse(
          "elements stand too deep within each other; " + Limits.DEPTH + " levels are allowed");
    }
  }

  /** Counts a body. */
  void addBody(Place place) {
    if (++bodies > Limits.BODIES) {
      throw place.refuse("there are too many bodies; a robot may have " + Limits.BODIES);
    }
  }

  /** Counts a joint. */
  void addJoint(Place place) {
    if (++joints > Limits.JOINTS) {
      throw place.refuse("there are too many joints; a robot may have " + Limits.JOINTS);
    }
  }
}
