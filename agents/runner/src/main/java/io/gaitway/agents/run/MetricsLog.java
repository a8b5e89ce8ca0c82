package io.gaitway.agents.run;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.measure.IterationMetrics;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The file {@code metrics.jsonl}: one JSON object on a line for every iteration. */
public final class MetricsLog implements AutoCloseable {
  private final FileChannel channel;

  private MetricsLog(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens the file to continue it after its first {@code length} bytes; what follows them is of
   * iterations that will be run again and is cut off.
   *
   * @throws IOException if the file is shorter than that, or cannot be written
   */
  static MetricsLog open(Path file, long length) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long size = channel.size();
    if (size < length) {
      channel.close();
      throw new IOException(
          file + " has " + size + " bytes, but " + length + " when the checkpoint was written");
    }
    channel.truncate(length);
    channel.position(length);
    return new MetricsLog(channel);
  }

  /** Appends a line. */
  void append(IterationMetrics metrics) throws IOException {
    DurableFiles.writeFully(channel, (Json.line(metrics) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Waits until all lines are on the disk. */
  void sync() throws IOException {
    channel.force(false);
  }

  /** Number of bytes so far. */
  long length() throws IOException {
    return channel.position();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * Reads the whole lines of a file; a last line without its end, as a crash leaves it, is left
   * out.
   */
  public static List<IterationMetrics> read(Path file) throws IOException {
    List<IterationMetrics> metrics = new ArrayList<>();
    if (!Files.exists(file)) {
      return metrics;
    }
    String text = Files.readString(file);
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      metrics.add(Json.MAPPER.readValue(line, IterationMetrics.class));
    }
    return metrics;
  }
}
