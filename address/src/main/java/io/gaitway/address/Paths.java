package io.gaitway.address;

import java.nio.file.Path;

/** Paths as texts. */
final class Paths {
  private Paths() {}

  static String absolute(String path) {
    return Path.of(path).toAbsolutePath().toString();
  }
}
