package io.gaitway.server.catalog;

import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.Recent;
import io.gaitway.server.call.Unary;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.task.Environments;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Finds the model that a request means, and keeps those used last. */
public final class Catalog {
  private static final int KEPT = 64;

  /** What building a model takes, about, and reading a request, ns. */
  private static final double BUILDING_NANOS = 1e9;

  private static final double READING_NANOS_PER_BYTE = 0.7;

  private final Environments environments;
  private final Map<Key, Model> models = new Recent<>(KEPT);

  /** Models that are being built; complete when that has ended, in whatever way. */
  private final Map<Key, CompletableFuture<Void>> underWay = new HashMap<>();

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

  /**
   * Goes on with the model of a reference: at once if that and the request take little time, and
   * otherwise when the job's turn comes.
   *
   * @param out the call, which fails with what is thrown
   * @param present as for {@link #model(boolean, EnvironmentRef)}
   * @param requestBytes size of the request, which {@code then} is going to read
   */
  public void withModel(
      StreamObserver<?> out,
      Job job,
      boolean present,
      EnvironmentRef reference,
      int requestBytes,
      Consumer<Model> then) {
    boolean kept = !present || isKept(reference.getId(), reference.getParametersMap());
    double nanos = requestBytes * READING_NANOS_PER_BYTE + (kept ? 0 : BUILDING_NANOS);
    Unary.begin(
        out,
        () ->
            job.place(
                nanos, 0, () -> Unary.begin(out, () -> then.accept(model(present, reference)))));
  }

  private boolean isKept(String id, Map<String, Double> parameters) {
    synchronized (models) {
      return models.containsKey(new Key(id, parameters));
    }
  }

  /** The model of a name and parameters; built if it is not there, which takes a while. */
  public Model model(String id, Map<String, Double> parameters) {
    Key key = new Key(id, parameters);
    while (true) {
      CompletableFuture<Void> mine = new CompletableFuture<>();
      CompletableFuture<Void> others;
      synchronized (models) {
        Model kept = models.get(key);
        if (kept != null) {
          return kept;
        }
        others = underWay.putIfAbsent(key, mine);
      }
      if (others == null) {
        return build(id, parameters, mine);
      }
      Job.away(others::join);
    }
  }

  private Model build(String id, Map<String, Double> parameters, CompletableFuture<Void> done) {
    Key key = new Key(id, Map.copyOf(parameters));
    try {
      Errors.requireFinite(parameters);
      Model built = new Model(environments.create(id, parameters));
      synchronized (models) {
        models.put(key, built);
      }
      return built;
    } finally {
      synchronized (models) {
        underWay.remove(key);
      }
      done.complete(null);
    }
  }
}
