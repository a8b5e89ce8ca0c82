package io.gaitway.agents.cli;

import io.gaitway.agents.run.GaitwayVersion;
import java.util.Map;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the program, and what it runs on. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    Map<String, String> versions = GaitwayVersion.all();
    return new String[] {
      "gaitway " + versions.get("gaitway"), versions.get("java") + ", " + versions.get("os")
    };
  }
}
