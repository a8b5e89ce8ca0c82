package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.report.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Locale;

/** Writes the report of a run from the files in its directory. */
public final class RunReport {
  private RunReport() {}

  /**
   * Writes {@code report.html}. A run that was killed has no trajectories; its report shows the
   * rest.
   *
   * @throws IOException if there is no run in the directory
   */
  public static void write(RunDirectory directory) throws IOException {
    RunConfig config = directory.readConfig();
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("version", GaitwayVersion.program());
    data.set("config", Json.MAPPER.valueToTree(config));
    data.set("metrics", Json.MAPPER.valueToTree(MetricsLog.read(directory.metrics())));
    data.set(
        "trajectories",
        Files.exists(directory.trajectories())
            ? JsonFiles.tree(directory.trajectories())
            : JsonNodeFactory.instance.nullNode());
    String title = config.agent().toUpperCase(Locale.ROOT) + " on " + config.environment();
    DurableFiles.write(
        directory.report(), Report.render(title, Json.line(data)).getBytes(StandardCharsets.UTF_8));
  }
}
