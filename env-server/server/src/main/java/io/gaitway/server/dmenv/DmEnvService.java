package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.EnvironmentGrpc;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.session.Sessions;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** The interface of dm_env_rpc: sessions under another name, for clients of dm_env. */
public final class DmEnvService extends EnvironmentGrpc.EnvironmentImplBase {
  /** What a server with this service can do beyond the least. */
  public static final List<String> CAPABILITIES = List.of("dm_env_rpc");

  private final DmEnvWorlds worlds;
  private final Workers workers;
  private final Admission admission;

  public DmEnvService(Catalog catalog, Sessions sessions, Workers workers, Admission admission) {
    this.workers = workers;
    worlds = new DmEnvWorlds(catalog, sessions);
    this.admission = admission;
  }

  @Override
  public StreamObserver<EnvironmentRequest> process(StreamObserver<EnvironmentResponse> out) {
    DmEnvStream stream =
        new DmEnvStream(
            worlds, admission, workers.job(), (ServerCallStreamObserver<EnvironmentResponse>) out);
    stream.open();
    return stream;
  }
}
