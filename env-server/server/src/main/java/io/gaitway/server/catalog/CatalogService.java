package io.gaitway.server.catalog;

import io.gaitway.proto.v1.AddEnvironmentRequest;
import io.gaitway.proto.v1.AddEnvironmentResponse;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DeterminismTier;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetEnvironmentResponse;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetServerInfoResponse;
import io.gaitway.proto.v1.Limits;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.ListEnvironmentsResponse;
import io.gaitway.server.call.Job;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Unary;
import io.gaitway.server.call.Workers;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** Describes the environments and the server. */
public final class CatalogService extends CatalogServiceGrpc.CatalogServiceImplBase {
  private static final List<String> API_VERSIONS = List.of("gaitway.v1", "dm_env_rpc.v1");

  /** What a list may take, ns: files may have to be read. */
  private static final double LISTING_NANOS = 1e9;

  /** What adding an environment may take, ns: its files are read and its model is built. */
  private static final double ADDING_NANOS = 2e9;

  private final Catalog catalog;
  private final Workers workers;
  private final ServerOptions options;
  private final List<String> capabilities;

  /**
   * Makes the service.
   *
   * @param capabilities what the services of this server can do beyond the least
   */
  public CatalogService(
      Catalog catalog, Workers workers, ServerOptions options, List<String> capabilities) {
    this.capabilities = List.copyOf(capabilities);
    this.catalog = catalog;
    this.workers = workers;
    this.options = options;
  }

  @Override
  public void listEnvironments(
      ListEnvironmentsRequest request, StreamObserver<ListEnvironmentsResponse> out) {
    Job job = Unary.cancelling(out, workers.job());
    Unary.answerLater(
        out,
        job,
        LISTING_NANOS,
        () ->
            ListEnvironmentsResponse.newBuilder()
                .addAllEnvironments(catalog.descriptions())
                .build());
  }

  @Override
  public void getEnvironment(
      GetEnvironmentRequest request, StreamObserver<GetEnvironmentResponse> out) {
    catalog.withModel(
        out,
        Unary.cancelling(out, workers.job()),
        request.hasEnvironment(),
        request.getEnvironment(),
        request.getSerializedSize(),
        model ->
            Unary.answer(
                out,
                () -> GetEnvironmentResponse.newBuilder().setEnvironment(model.message).build()));
  }

  @Override
  public void addEnvironment(
      AddEnvironmentRequest request, StreamObserver<AddEnvironmentResponse> out) {
    Job job = Unary.cancelling(out, workers.job());
    Unary.answerLater(out, job, ADDING_NANOS, () -> catalog.add(request));
  }

  @Override
  public void getServerInfo(
      GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> out) {
    Unary.answer(
        out,
        () ->
            GetServerInfoResponse.newBuilder()
                .setServer(ServerVersion.NAME)
                .addAllApiVersions(API_VERSIONS)
                .addAllCapabilities(capabilities)
                .setDeterminism(DeterminismTier.DETERMINISM_TIER_MODEL)
                .setLimits(limits(options))
                .build());
  }

  /** The largest requests that a server takes, for clients. */
  public static Limits limits(ServerOptions options) {
    return Limits.newBuilder()
        .setMaxMessageBytes(options.maxMessageBytes())
        .setMaxSessions(options.maxSessions())
        .setMaxSessionsPerPrincipal(options.sessions().sessionsPerPrincipal())
        .setMaxEnvironmentsPerPrincipal(options.sessions().environmentsPerPrincipal())
        .setMaxEnvironmentsPerSession(options.maxEnvironmentsPerSession())
        .setMaxStepsPerRequest(options.maxStepsPerRequest())
        .setMaxAddedEnvironments(options.maxAddedEnvironments())
        .setMaxHorizon(options.maxHorizon())
        .setMaxLeaseSeconds(options.maxLease().toMillis() / 1e3)
        .setWorkerThreads(options.threads())
        .build();
  }
}
