package io.gaitway.sim.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The catalog: every {@link EnvironmentProvider} on the class path, by name. */
public final class Environments {
  private final Map<String, EnvironmentProvider> providers = new TreeMap<>();

  private Environments(Iterable<EnvironmentProvider> found) {
    for (EnvironmentProvider provider : found) {
      EnvironmentProvider twin = providers.putIfAbsent(provider.id(), provider);
      if (twin != null) {
        throw new IllegalStateException(
            "two environments are called '%s', a %s and a %s; give one another name"
                .formatted(
                    provider.id(),
                    twin.getClass().getSimpleName(),
                    provider.getClass().getSimpleName()));
      }
    }
  }

  /** Loads the catalog; allocates. */
  public static Environments load() {
    return load(List.of());
  }

  /**
   * The same with more in it; allocates.
   *
   * @throws IllegalStateException if two have the same name
   */
  public static Environments load(List<EnvironmentProvider> more) {
    List<EnvironmentProvider> all = new ArrayList<>(more);
    ServiceLoader.load(EnvironmentProvider.class).forEach(all::add);
    return new Environments(all);
  }

  /** The names, sorted. */
  public List<String> ids() {
    return new ArrayList<>(providers.keySet());
  }

  /**
   * Builds an environment.
   *
   * @throws UnknownEnvironmentException if there is none of that name
   * @throws ParameterException if an override is unknown or out of range
   */
  public Environment create(String id, Map<String, Double> overrides) {
    EnvironmentProvider provider = providers.get(id);
    if (provider == null) {
      throw new UnknownEnvironmentException(id, ids());
    }
    return provider.create(overrides);
  }
}
