package io.gaitway.sim.mjcf;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a robot's file and the files that it includes come from. The simulator opens no files by
 * itself: a command gives it a folder, a server the texts of a request.
 *
 * <p>Names are those of the includes, with {@code /} between folders. They were checked before:
 * none is absolute, and none has a part {@code ..}, so that a folder need only beware of links.
 */
@FunctionalInterface
public interface MjcfFiles {
  /**
   * Opens a file.
   *
   * @return its bytes; null if there is no such file
   * @throws IOException if it cannot be read
   */
  @Nullable InputStream open(String name) throws IOException;
}
