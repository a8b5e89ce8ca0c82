package io.gaitway.agents.run;

import io.gaitway.agents.api.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The checkpoints of a run: the last two are kept, each in a file of its own. */
final class Checkpoints {
  private static final int KEPT = 2;
  private static final Pattern NAME = Pattern.compile("\\d{8}\\.json");

  private final Path directory;

  Checkpoints(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes a checkpoint and then removes those that are no longer needed.
   *
   * @throws IOException also if the run's directory is gone, which is not made again
   */
  void save(Checkpoint checkpoint) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectory(directory);
    }
    Path file = file(checkpoint.iteration());
    DurableFiles.write(file, Json.line(checkpoint.toJson()).getBytes(StandardCharsets.UTF_8));
    List<Path> files = files();
    for (Path old : files.subList(0, Math.max(0, files.size() - KEPT))) {
      Files.deleteIfExists(old);
    }
  }

  /**
   * The newest checkpoint, or null if there is none yet.
   *
   * @throws IOException if there are checkpoints, but none can be read
   */
  @Nullable Checkpoint latest() throws IOException {
    List<Path> files = files();
    @Nullable IOException fault = null;
    for (int i = files.size() - 1; i >= 0; i--) {
      try {
        return Checkpoint.read(files.get(i));
      } catch (IOException e) {
        fault = new IOException("invalid checkpoint: " + e.getMessage(), e);
      }
    }
    if (fault != null) {
      throw fault;
    }
    return null;
  }

  /** Where the checkpoint of an iteration is. */
  Path file(int iteration) {
    return directory.resolve(String.format(Locale.ROOT, "%08d.json", iteration));
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(directory)) {
      return found
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }
}
