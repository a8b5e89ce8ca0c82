package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.ErrorReason;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.server.metrics.JvmMeters;
import io.gaitway.sim.task.Environments;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The operator's page says what there is, and nothing else. */
@Timeout(60)
class OperatingPageTest {
  private static final Pattern CODE = Pattern.compile("`([A-Za-z_*-]+)`");

  @Test
  void everyReasonIsListedWithWhatToDo() throws IOException {
    Set<String> reasons =
        Arrays.stream(ErrorReason.values())
            .filter(each -> each != ErrorReason.UNRECOGNIZED)
            .filter(each -> each != ErrorReason.ERROR_REASON_UNSPECIFIED)
            .map(each -> each.name().substring("ERROR_REASON_".length()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(reasons, firstColumn("Refusals"));
  }

  @Test
  void everyLimitIsListed() throws IOException {
    Set<String> limits =
        new CommandLine(new ServeCommand())
            .getCommandSpec().options().stream()
                .filter(LimitsFile::isLimit)
                .map(option -> option.longestName().substring(2))
                .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(limits, firstColumn("Limits"));
  }

  @Test
  void everyMeterIsListed() throws Exception {
    Set<String> shown = shown();
    Set<String> own =
        shown.stream()
            .filter(name -> name.startsWith("gaitway_"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(firstColumn("Metrics"), own);
    shown.removeAll(own);
    String section = section("Metrics");
    Matcher groups = Pattern.compile("`([a-z]+_)\\*`").matcher(section);
    while (groups.find()) {
      assertTrue(shown.removeIf(name -> name.startsWith(groups.group(1))), groups.group());
    }
    assertEquals(Set.of(), shown);
  }

  /** The names of all metrics of a server that has answered one call and refused another. */
  private static Set<String> shown() throws Exception {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    String name = InProcessServerBuilder.generateName();
    try (JvmMeters process = new JvmMeters();
        Rig rig =
            Rig.on(
                GaitwayServer.builder(Environments.load())
                    .meters(meters)
                    .start(InProcessServerBuilder.forName(name)),
                InProcessChannelBuilder.forName(name))) {
      process.bindTo(meters);
      rig.catalog.getServerInfo(GetServerInfoRequest.getDefaultInstance());
      Assertions.assertThrows(
          StatusRuntimeException.class,
          () -> rig.environments.step(StepRequest.getDefaultInstance()));
      Set<String> names = new TreeSet<>();
      Matcher types = Pattern.compile("# TYPE (\\S+) ").matcher("");
      while (!names.contains("gaitway_calls_seconds")) {
        Thread.sleep(10);
        types.reset(meters.scrape());
        while (types.find()) {
          names.add(types.group(1));
        }
      }
      // The greatest value of late, which comes with every histogram.
      names.removeIf(each -> each.endsWith("_max") && names.contains(each.replace("_max", "")));
      return names;
    }
  }

  private static Set<String> firstColumn(String heading) throws IOException {
    Set<String> found = new TreeSet<>();
    for (String line : section(heading).lines().toList()) {
      if (!line.startsWith("| `")) {
        continue;
      }
      String cell = line.substring(2, line.indexOf('|', 2));
      if (!cell.matches("(`[A-Za-z_-]+`(, )?)+ ")) {
        continue;
      }
      Matcher code = CODE.matcher(cell);
      while (code.find()) {
        found.add(code.group(1));
      }
    }
    return found;
  }

  private static String section(String heading) throws IOException {
    String page = Files.readString(Path.of("../../docs/operating.md"));
    int start = page.indexOf("\n## " + heading + "\n");
    assertTrue(start >= 0, "there is no section " + heading);
    int end = page.indexOf("\n## ", start + 1);
    return page.substring(start, end < 0 ? page.length() : end);
  }
}
