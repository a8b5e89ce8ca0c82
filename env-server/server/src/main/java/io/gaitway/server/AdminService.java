package io.gaitway.server;

import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.GetStatusRequest;
import io.gaitway.proto.v1.GetStatusResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Unary;
import io.gaitway.server.catalog.CatalogService;
import io.gaitway.server.catalog.ServerVersion;
import io.grpc.stub.StreamObserver;

/**
 * Tells those who run the server what it is doing; on the thread of the transport, since it is
 * quick.
 */
final class AdminService extends AdminServiceGrpc.AdminServiceImplBase {
  private final ServerOptions options;
  private final Admission admission;
  private final Load load;
  private final long start = System.nanoTime();

  AdminService(ServerOptions options, Admission admission, Load load) {
    this.options = options;
    this.admission = admission;
    this.load = load;
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
    Unary.answer(
        out,
        () ->
            GetStatusResponse.newBuilder()
                .setServer(ServerVersion.NAME)
                .setUptimeSeconds((System.nanoTime() - start) * 1e-9)
                .setDraining(admission.isDraining())
                .setLimits(CatalogService.limits(options))
                .setLoad(load.message())
                .build());
  }
}
