package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.measure.IterationMetrics;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
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
   *
   * @throws IOException naming the file, the line, and the field if one is wrong
   */
  public static List<IterationMetrics> read(Path file) throws IOException {
    List<IterationMetrics> metrics = new ArrayList<>();
    if (!Files.exists(file)) {
      return metrics;
    }
    byte[] content = Files.readAllBytes(file);
    int begin = 0;
    for (int end = 0; end < content.length; end++) {
      if (content[end] == '\n') {
        String place = file + ", line " + (metrics.size() + 1);
        metrics.add(line(place, Arrays.copyOfRange(content, begin, end)));
        begin = end + 1;
      }
    }
    return metrics;
  }

  private static IterationMetrics line(String place, byte[] line) throws IOException {
    try {
      JsonNode json = JsonFiles.parse(line);
      if (json instanceof ObjectNode metrics) {
        metrics.putIfAbsent("starts", metrics.arrayNode());
      }
      return JsonFiles.convert(place, json, IterationMetrics.class);
    } catch (IllegalArgumentException e) {
      throw new IOException(place + ": " + e.getMessage(), e);
    }
  }
}
