package io.gaitway.server;

import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Prints a digest of the swimmer's and the walker's noisy rollouts under each kind of feedback and
 * of their derivatives: run under different JVMs, it must print the same.
 */
final class DigestMain {
  private static final Body SWIMMER = new Body("swimmer", 10, 2);
  private static final Body WALKER = new Body("walker", 18, 6);
  private static final int T = 60;

  /** An environment with its numbers of states and actions. */
  private record Body(String id, int nx, int nu) {
    EnvironmentRef ref() {
      return EnvironmentRef.newBuilder().setId(id).build();
    }
  }

  private DigestMain() {}

  public static void main(String[] args) throws Exception {
    System.out.println("digest " + digest());
    System.exit(0);
  }

  /** The digest on this JVM. */
  static String digest() throws IOException, InterruptedException, NoSuchAlgorithmException {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    try (Rig rig = Rig.inProcess(ServerOptions.defaults().withThreads(2))) {
      for (Body body : List.of(SWIMMER, WALKER)) {
        update(sha, rig, body);
      }
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static void update(MessageDigest sha, Rig rig, Body body) {
    List<RolloutPart> parts = new ArrayList<>();
    rig.dynamics
        .rollout(rolloutRequest(rig, body))
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    for (RolloutPart part : parts) {
      sha.update(part.getSummary().getDigest().toByteArray());
      List<LinearizeResponse> chunks = new ArrayList<>();
      rig.dynamics
          .linearize(
              LinearizeRequest.newBuilder()
                  .setEnvironment(body.ref())
                  .setStates(part.getStates())
                  .setActions(part.getActions())
                  .setTerminalKnot(true)
                  .build())
          .forEachRemaining(chunks::add);
      for (LinearizeResponse chunk : chunks) {
        for (Tensor tensor : List.of(chunk.getFx(), chunk.getFu(), chunk.getLx(), chunk.getLxx())) {
          sha.update(tensor.getData().toByteArray());
        }
      }
    }
  }

  private static RolloutRequest rolloutRequest(Rig rig, Body body) {
    int nx = body.nx();
    int nu = body.nu();
    Random random = new Random(3);
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setEnvironment(body.ref())
            .setHorizon(T)
            .setInitialStates(
                rig.dynamics
                    .sampleInitialStates(
                        SampleInitialStatesRequest.newBuilder()
                            .setEnvironment(body.ref())
                            .setSeed(1)
                            .setCount(2)
                            .build())
                    .getStates())
            .addControllers(
                Controller.newBuilder()
                    .setLinearGaussian(
                        LinearGaussianController.newBuilder()
                            .setReferenceStates(tensor(random, 1, T, nx))
                            .setReferenceActions(tensor(random, 20, T, nu))
                            .setFeedforward(tensor(random, 5, T, nu))
                            .setFeedback(tensor(random, 5, T, nu, nx))
                            .setNoiseCholesky(tensor(random, 10, T, nu, nu))))
            .addAllSeeds(List.of(1L, -1L))
            .addAllStepSizes(List.of(1.0, 0.3))
            .setWithDigest(true);
    for (Activation activation :
        List.of(Activation.ACTIVATION_SOFTPLUS, Activation.ACTIVATION_TANH)) {
      request.addControllers(
          Controller.newBuilder()
              .setMlp(
                  MlpController.newBuilder()
                      .addAllInputs(IntStream.range(1, nx).boxed().toList())
                      .addLayers(layer(random, 10, nx - 1, activation))
                      .addLayers(layer(random, nu, 10, Activation.ACTIVATION_LINEAR))
                      .setNoiseStd(
                          Rig.tensor(
                              IntStream.range(0, nu).mapToDouble(i -> 3 + i).toArray(), nu))));
    }
    return request.build();
  }

  private static MlpLayer layer(Random random, int rows, int columns, Activation activation) {
    return MlpLayer.newBuilder()
        .setWeights(tensor(random, 3, rows, columns))
        .setBiases(tensor(random, 1, rows))
        .setActivation(activation)
        .build();
  }

  private static Tensor tensor(Random random, double range, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return Rig.tensor(random.doubles(count, -range, range).toArray(), shape);
  }
}
