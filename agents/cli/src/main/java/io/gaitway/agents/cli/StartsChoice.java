package io.gaitway.agents.cli;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.run.Observation;
import io.gaitway.agents.run.StartsFile;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the starts that one policy is trained for. */
final class StartsChoice {
  @Option(
      names = "--starts",
      paramLabel = "FILE",
      description =
          "Trains one policy from all starts that a JSON file lists, as docs/vgps.md describes; with"
              + " agents that can. Parameters in which the starts differ can be seen by the policy"
              + " (--observe).")
  private @Nullable Path file;

  /** Whether the option is there. */
  boolean given() {
    return file != null;
  }

  /**
   * The starts; empty without the option.
   *
   * @throws IOException if the file cannot be read or lists none
   */
  List<Start> starts() throws IOException {
    return file == null ? List.of() : StartsFile.read(file).starts();
  }

  /**
   * Checks that an agent can train what is asked for.
   *
   * @param observation what the policy sees, see {@link Observation#names}
   * @throws SettingException if it cannot
   */
  static void require(
      AnyAgent agent, EnvironmentInfo environment, List<String> observation, List<Start> starts) {
    boolean plain = starts.isEmpty() && Observation.parameters(environment, observation).isEmpty();
    if (!plain && !agent.manyStarts()) {
      throw new SettingException(
          agent.name()
              + " trains from the environment's own start, and policies that see the state alone;"
              + " leave out --starts and parameters in --observe, or take another agent, such as"
              + " vgps");
    }
    Observation.requireVaried(environment, observation, starts);
  }
}
