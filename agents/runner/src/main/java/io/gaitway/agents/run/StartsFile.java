package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Start;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that lists starts: {@code {"starts": [{"parameters": {"target_speed": 0.9}, "step": 40},
 * …]}}. Either of a start's fields may be left out, see {@link Start}.
 *
 * @param starts at least one, all different
 */
public record StartsFile(List<Start> starts) {
  private static final int MOST = 1000;

  /** Checks that the starts differ. */
  public StartsFile {
    starts = List.copyOf(starts);
    if (starts.isEmpty() || starts.size() > MOST) {
      throw new IllegalArgumentException(
          "starts must have 1 to %d entries, but has %d".formatted(MOST, starts.size()));
    }
    for (int i = 0; i < starts.size(); i++) {
      if (starts.indexOf(starts.get(i)) < i) {
        throw new IllegalArgumentException(
            "starts[%d] is the same as starts[%d]".formatted(i, starts.indexOf(starts.get(i))));
      }
    }
  }

  /**
   * Reads a file.
   *
   * @throws IOException naming the file, and the field if one is wrong
   */
  public static StartsFile read(Path file) throws IOException {
    JsonNode json = JsonFiles.tree(file);
    for (JsonNode start : json.path("starts")) {
      if (start instanceof ObjectNode object) {
        object.putIfAbsent("parameters", object.objectNode());
        object.putIfAbsent("step", object.nullNode());
      }
    }
    return JsonFiles.convert(file.toString(), json, StartsFile.class);
  }
}
