package io.gaitway.optim.trajopt;

import java.util.Random;

/** Sizes of the robots' problems. */
public enum Size {
  /** The swimmer of three links. */
  SWIMMER(10, 2),
  /** The walker. */
  WALKER(18, 6);

  final int nx;
  final int nu;

  Size(int nx, int nu) {
    this.nx = nx;
    this.nu = nu;
  }

  /** Fills an array with numbers between −1 and 1. */
  static void fill(Random random, double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextDouble() - 1;
    }
  }
}
