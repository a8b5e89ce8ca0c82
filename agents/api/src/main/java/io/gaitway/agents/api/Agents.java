package io.gaitway.agents.api;

import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every {@link Agent} on the class path, by name. */
public final class Agents {
  private final Map<String, Agent<?>> agents = new TreeMap<>();

  Agents(Iterable<? extends Agent<?>> found) {
    for (Agent<?> agent : found) {
      Agent<?> twin = agents.putIfAbsent(agent.name(), agent);
      if (twin != null) {
        throw new IllegalStateException(
            "two agents are called '%s': one from %s, one from %s"
                .formatted(agent.name(), source(twin), source(agent)));
      }
    }
  }

  /** The jar or folder that an agent comes from. */
  private static String source(Agent<?> agent) {
    @Nullable CodeSource source = agent.getClass().getProtectionDomain().getCodeSource();
    return source == null ? "the Java platform" : source.getLocation().getPath();
  }

  /** Finds the agents. */
  public static Agents load() {
    return new Agents(ServiceLoader.load(Agent.class).stream().map(Agents::get).toList());
  }

  private static Agent<?> get(ServiceLoader.Provider<?> provider) {
    return (Agent<?>) provider.get();
  }

  /** All of them, sorted by name. */
  public List<Agent<?>> all() {
    return List.copyOf(agents.values());
  }

  /**
   * The agent of that name.
   *
   * @throws SettingException if there is none
   */
  public Agent<?> get(String name) {
    Agent<?> agent = agents.get(name);
    if (agent == null) {
      throw new SettingException(
          "there is no agent '"
              + name
              + "'"
              + DidYouMean.hint(name, agents.keySet())
              + "; there are: "
              + (agents.isEmpty() ? "none" : String.join(", ", agents.keySet())));
    }
    return agent;
  }
}
