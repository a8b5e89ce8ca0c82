package io.gaitway.server.catalog;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.TextFile;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.taskfile.FileEnvironment;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An environment that a caller brings as files. They are held as bytes; nothing of them is ever
 * looked for on the server's disk.
 *
 * @param request what the caller sent
 * @param environment what it makes
 */
record BroughtFiles(AddEnvironmentRequest request, FileEnvironment environment) {
  /** What environments of files may be called. */
  static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,39}");

  private static final int MOST_FILES = 64;
  private static final long MOST_BYTES = 1 << 20;

  /** Hex digits of the digest that an id has: nobody guesses 64 bits. */
  private static final int DIGEST_DIGITS = 16;

  /** Checks names and sizes, and reads the files. */
  static BroughtFiles of(AddEnvironmentRequest request) {
    if (!NAME.matcher(request.getName()).matches()) {
      throw Errors.outOfRange(
          "name", request.getName(), "1 to 40 characters of a-z, 0-9 and -, not beginning with -");
    }
    if (request.getIncludedCount() > MOST_FILES) {
      throw Errors.outOfRange(
          "included", request.getIncludedCount() + " files", "at most " + MOST_FILES);
    }
    if (request.getSerializedSize() > MOST_BYTES) {
      throw Errors.outOfRange(
          "robot", request.getSerializedSize() + " bytes", "all files at most " + MOST_BYTES);
    }
    TextFile robot = named("robot", request.hasRobot(), request.getRobot());
    TextFile task = named("task", request.hasTask(), request.getTask());
    Map<String, byte[]> files = new HashMap<>();
    files.put(robot.getName(), robot.getText().getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < request.getIncludedCount(); i++) {
      TextFile file = named("included[" + i + "]", true, request.getIncluded(i));
      if (files.put(file.getName(), file.getText().getBytes(StandardCharsets.UTF_8)) != null) {
        throw Errors.outOfRange(
            "included[" + i + "].name", file.getName(), "a name that no file before it has");
      }
    }
    FileEnvironment read =
        FileEnvironment.read(
            request.getName(),
            task.getName(),
            task.getText(),
            robot.getName(),
            file -> {
              byte[] content = files.get(file);
              return content == null ? null : new ByteArrayInputStream(content);
            });
    String id = read.id() + "@" + read.digest().substring(0, DIGEST_DIGITS);
    return new BroughtFiles(request, read.named(id));
  }

  private static TextFile named(String field, boolean present, TextFile file) {
    if (!present) {
      throw Errors.missing(field);
    }
    if (file.getName().isEmpty() || file.getName().length() > 256) {
      throw Errors.outOfRange(field + ".name", file.getName(), "1 to 256 characters");
    }
    return file;
  }
}
