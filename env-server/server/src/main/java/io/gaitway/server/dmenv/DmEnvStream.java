package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.CreateWorldResponse;
import io.gaitway.proto.dmenv.v1.DestroyWorldResponse;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse;
import io.gaitway.proto.dmenv.v1.JoinWorldRequest;
import io.gaitway.proto.dmenv.v1.JoinWorldResponse;
import io.gaitway.proto.dmenv.v1.LeaveWorldResponse;
import io.gaitway.proto.dmenv.v1.ResetRequest;
import io.gaitway.proto.dmenv.v1.ResetResponse;
import io.gaitway.proto.dmenv.v1.ResetWorldRequest;
import io.gaitway.proto.dmenv.v1.ResetWorldResponse;
import io.gaitway.proto.dmenv.v1.StepRequest;
import io.gaitway.proto.dmenv.v1.StepResponse;
import io.gaitway.server.call.Admission;
import io.gaitway.server.call.AnswerStream;
import io.gaitway.server.call.Job;
import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a dm_env_rpc client, and the world that it has joined. A refused request is
 * answered with an error and the connection goes on; when it ends, the world is left.
 */
final class DmEnvStream extends AnswerStream<EnvironmentRequest, EnvironmentResponse> {
  /** What making a world may take, ns: its model may have to be built. */
  private static final double CREATION_NANOS = 1e9;

  private final DmEnvWorlds worlds;

  private @Nullable Joined joined;

  /** A joined world, and what the connection does and sees there. */
  private record Joined(DmEnvWorld world, DmEnvSpecs specs) {}

  DmEnvStream(
      DmEnvWorlds worlds,
      Admission admission,
      Job job,
      ServerCallStreamObserver<EnvironmentResponse> out) {
    super(admission, job, out);
    this.worlds = worlds;
  }

  @Override
  protected void begin(EnvironmentRequest request) {
    job.place(nanos(request), 0, () -> answer(() -> carryOutOrRefuse(request)));
  }

  private double nanos(EnvironmentRequest request) {
    double bytes = request.getSerializedSize();
    if (request.getPayloadCase() == EnvironmentRequest.PayloadCase.CREATE_WORLD) {
      return bytes + CREATION_NANOS;
    }
    return bytes + (joined == null ? 0 : joined.world.model.stepNanos());
  }

  private EnvironmentResponse carryOutOrRefuse(EnvironmentRequest request) {
    try {
      return carryOut(request);
    } catch (Throwable t) {
      return EnvironmentResponse.newBuilder().setError(Errors.toMessage(t)).build();
    }
  }

  @Override
  protected void ended() {
    leave();
  }

  private EnvironmentResponse carryOut(EnvironmentRequest request) {
    EnvironmentResponse.Builder answer = EnvironmentResponse.newBuilder();
    switch (request.getPayloadCase()) {
      case CREATE_WORLD ->
          answer.setCreateWorld(
              CreateWorldResponse.newBuilder()
                  .setWorldName(worlds.create(request.getCreateWorld().getSettingsMap())));
      case JOIN_WORLD -> answer.setJoinWorld(join(request.getJoinWorld()));
      case STEP -> answer.setStep(step(request.getStep()));
      case RESET -> answer.setReset(reset(request.getReset()));
      case RESET_WORLD -> answer.setResetWorld(resetWorld(request.getResetWorld()));
      case LEAVE_WORLD -> {
        leave();
        answer.setLeaveWorld(LeaveWorldResponse.getDefaultInstance());
      }
      case DESTROY_WORLD -> {
        worlds.destroy(request.getDestroyWorld().getWorldName());
        answer.setDestroyWorld(DestroyWorldResponse.getDefaultInstance());
      }
      case EXTENSION ->
          throw Errors.outOfRange(
              "extension",
              Errors.quoted(request.getExtension().getTypeUrl()),
              "no extension",
              "is not known: this server has no extensions");
      case PAYLOAD_NOT_SET -> throw Errors.missing("payload");
    }
    return answer.build();
  }

  private JoinWorldResponse join(JoinWorldRequest request) {
    if (joined != null) {
      throw Errors.wrongWorldState("JoinWorld", "this connection has joined a world already");
    }
    DmEnvWorld world = worlds.find(request.getWorldName());
    DmEnvSpecs specs = new DmEnvSpecs(world.model, request.getSettingsMap());
    world.join();
    joined = new Joined(world, specs);
    return JoinWorldResponse.newBuilder().setSpecs(specs.message).build();
  }

  private StepResponse step(StepRequest request) {
    Joined here = joined("Step");
    here.specs.requireObservations(request.getRequestedObservationsList());
    DmEnvWorld.Outcome outcome = here.world.step(request.getActionsMap());
    StepResponse.Builder answer = StepResponse.newBuilder().setState(outcome.state());
    for (long uid : Set.copyOf(request.getRequestedObservationsList())) {
      answer.putObservations(uid, here.specs.observation(uid, outcome));
    }
    return answer.build();
  }

  private ResetResponse reset(ResetRequest request) {
    Joined here = joined("Reset");
    here.world.reset(request.getSettingsMap(), true);
    return ResetResponse.newBuilder().setSpecs(here.specs.message).build();
  }

  private ResetWorldResponse resetWorld(ResetWorldRequest request) {
    DmEnvWorld world = worlds.find(request.getWorldName());
    world.reset(request.getSettingsMap(), joined != null && joined.world == world);
    return ResetWorldResponse.getDefaultInstance();
  }

  private Joined joined(String request) {
    Joined here = joined;
    if (here == null) {
      throw Errors.wrongWorldState(request, "this connection has not joined a world");
    }
    return here;
  }

  private void leave() {
    Joined here = joined;
    if (here != null) {
      joined = null;
      here.world.leave();
    }
  }
}
