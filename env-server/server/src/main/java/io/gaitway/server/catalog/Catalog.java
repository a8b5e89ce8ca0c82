package io.gaitway.server.catalog;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.AddEnvironmentResponse;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.server.access.Caller;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.SharedCache;
import io.gaitway.server.call.Unary;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.mjcf.MjcfWarning;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the model that a request means, and keeps those used last. */
public final class Catalog {
  /** Models that are kept. */
  private static final int KEPT = 64;

  /** Bytes of files of environments that were added and are kept. */
  private static final long KEPT_BYTES = 64 << 20;

  /** What building a model takes, about, and reading a request, ns. */
  private static final double BUILDING_NANOS = 1e9;

  private static final double READING_NANOS_PER_BYTE = 0.7;

  private final Environments environments;
  private final SharedCache<String, BroughtFiles> added;
  private final SharedCache<Key, Model> models = new SharedCache<>(KEPT, KEPT);

  /** Models that are being built; complete when that has ended, in whatever way. */
  private final Map<Key, CompletableFuture<Void>> underWay = new HashMap<>();

  private record Key(String id, Map<String, Double> parameters) {}

  /**
   * A catalog to which environments can be added.
   *
   * @param environments what it offers to everybody
   * @param mostAdded most environments that a principal has added
   */
  public Catalog(Environments environments, int mostAdded) {
    this.environments = environments;
    added = new SharedCache<>(KEPT_BYTES, mostAdded);
  }

  /**
   * Offers an environment of the caller's own to whoever knows its id, if it makes sense.
   *
   * @throws RuntimeException that says what is wrong with its files
   */
  public AddEnvironmentResponse add(AddEnvironmentRequest request) {
    BroughtFiles files = BroughtFiles.of(request);
    String id = files.environment().id();
    Model model = model(id, Map.of(), files, true);
    added.put(Caller.ofCall().principal().name(), id, files, request.getSerializedSize());
    return AddEnvironmentResponse.newBuilder()
        .setEnvironment(model.message)
        .addAllWarnings(files.environment().warnings().stream().map(MjcfWarning::toString).toList())
        .build();
  }

  /** What describes every environment that everybody is offered, sorted by name. */
  List<EnvironmentSpec> descriptions() {
    return environments.ids().stream().map(id -> model(id, Map.of(), null, false).message).toList();
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
    boolean ready = !present || isReady(reference.getId(), reference.getParametersMap());
    double nanos = requestBytes * READING_NANOS_PER_BYTE + (ready ? 0 : BUILDING_NANOS);
    Unary.begin(
        out,
        () ->
            job.place(
                nanos, 0, () -> Unary.begin(out, () -> then.accept(model(present, reference)))));
  }

  private boolean isReady(String id, Map<String, Double> parameters) {
    Model kept = models.get(new Key(id, parameters));
    return kept != null && kept.isCompiled();
  }

  /** The model of a name and parameters; built if it is not there, which takes a while. */
  public Model model(String id, Map<String, Double> parameters) {
    return model(id, parameters, added.get(id), true);
  }

  private Model model(
      String id, Map<String, Double> parameters, @Nullable BroughtFiles files, boolean compiled) {
    Key key = new Key(id, parameters);
    while (true) {
      CompletableFuture<Void> mine = new CompletableFuture<>();
      CompletableFuture<Void> others;
      synchronized (underWay) {
        Model kept = models.get(key);
        if (kept != null && (kept.isCompiled() || !compiled)) {
          return kept;
        }
        others = underWay.putIfAbsent(key, mine);
      }
      if (others == null) {
        return build(new Key(id, Map.copyOf(parameters)), files, compiled, mine);
      }
      Job.away(others::join);
    }
  }

  private Model build(
      Key key, @Nullable BroughtFiles files, boolean compiled, CompletableFuture<Void> done) {
    try {
      Model built = models.get(key);
      if (built == null) {
        built = describe(key, files);
        models.put(Caller.ofCall().principal().name(), key, built, 1);
      }
      if (compiled) {
        built.compile();
      }
      return built;
    } finally {
      synchronized (underWay) {
        underWay.remove(key);
      }
      done.complete(null);
    }
  }

  private Model describe(Key key, @Nullable BroughtFiles files) {
    Errors.requireFinite(key.parameters());
    Function<Map<String, Double>, Environment> family =
        files == null
            ? parameters -> environments.create(key.id(), parameters)
            : files.environment()::create;
    return new Model(family, key.parameters(), files == null ? null : files.request());
  }
}
