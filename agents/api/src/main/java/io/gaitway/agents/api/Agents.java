package io.gaitway.agents.api;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** Every {@link Agent} on the class path, by name. */
public final class Agents {
  private final Map<String, Agent<?>> agents = new TreeMap<>();

  Agents(Iterable<? extends Agent<?>> found) {
    for (Agent<?> agent : found) {
      Agent<?> twin = agents.putIfAbsent(agent.name(), agent);
      if (twin != null) {
        throw new IllegalStateException(
            "two agents are called '"
                + agent.name()
                + "': "
                + twin.getClass().getName()
                + ", "
                + agent.getClass().getName());
      }
    }
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
              + "'; there are: "
              + (agents.isEmpty() ? "none" : String.join(", ", agents.keySet())));
    }
    return agent;
  }
}
