package io.gaitway.server.catalog;

import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.task.Environments;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the model that a request means, and keeps those used last. */
public final class Catalog {
  private static final int KEPT = 64;

  private final Environments environments;
  private final Map<Key, Model> models =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Model> eldest) {
          return size() > KEPT;
        }
      };

  private record Key(String id, Map<String, Double> parameters) {}

  public Catalog(Environments environments) {
    this.environments = environments;
  }

  /** The names, sorted. */
  List<String> ids() {
    return environments.ids();
  }

  /**
   * The model of a reference.
   *
   * @param present whether the request holds the reference at all
   */
  public Model model(boolean present, EnvironmentRef reference) {
    if (!present) {
      throw Errors.missing("environment");
    }
    if (reference.getId().isEmpty()) {
      throw Errors.missing("environment.id");
    }
    Model model = model(reference.getId(), reference.getParametersMap());
    String digest = model.spec.modelDigest();
    if (reference.hasModelDigest() && !reference.getModelDigest().equals(digest)) {
      throw Errors.modelDigest(reference.getId(), reference.getModelDigest(), digest);
    }
    return model;
  }

  /** The model of a name and parameters. */
  public Model model(String id, Map<String, Double> parameters) {
    Key key = new Key(id, parameters);
    synchronized (models) {
      Model kept = models.get(key);
      if (kept != null) {
        return kept;
      }
    }
    Errors.requireFinite(parameters);
    // Built outside the lock: that may take a while, and building one twice does no harm.
    Model built = new Model(environments.create(id, parameters));
    synchronized (models) {
      Model other = models.putIfAbsent(new Key(id, Map.copyOf(parameters)), built);
      return other == null ? built : other;
    }
  }
}
