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
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Prints a digest of the swimmer's noisy rollouts under each kind of feedback and of their
 * derivatives: run under different JVMs, it must print the same.
 */
final class DigestMain {
  private static final EnvironmentRef SWIMMER =
      EnvironmentRef.newBuilder().setId("swimmer").build();
  private static final int T = 60;
  private static final int NX = 10;
  private static final int NU = 2;

  private DigestMain() {}

  public static void main(String[] args) throws Exception {
    System.out.println("digest " + digest());
    System.exit(0);
  }

  /** The digest on this JVM. */
  static String digest() throws IOException, InterruptedException, NoSuchAlgorithmException {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    try (Rig rig = Rig.inProcess(ServerOptions.defaults().withThreads(2))) {
      List<RolloutPart> parts = new ArrayList<>();
      rig.dynamics
          .rollout(rolloutRequest(rig))
          .forEachRemaining(message -> parts.addAll(message.getPartsList()));
      for (RolloutPart part : parts) {
        sha.update(part.getSummary().getDigest().toByteArray());
        List<LinearizeResponse> chunks = new ArrayList<>();
        rig.dynamics
            .linearize(
                LinearizeRequest.newBuilder()
                    .setEnvironment(SWIMMER)
                    .setStates(part.getStates())
                    .setActions(part.getActions())
                    .setTerminalKnot(true)
                    .build())
            .forEachRemaining(chunks::add);
        for (LinearizeResponse chunk : chunks) {
          for (Tensor tensor :
              List.of(chunk.getFx(), chunk.getFu(), chunk.getLx(), chunk.getLxx())) {
            sha.update(tensor.getData().toByteArray());
          }
        }
      }
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static RolloutRequest rolloutRequest(Rig rig) {
    Random random = new Random(3);
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setEnvironment(SWIMMER)
            .setHorizon(T)
            .setInitialStates(
                rig.dynamics
                    .sampleInitialStates(
                        SampleInitialStatesRequest.newBuilder()
                            .setEnvironment(SWIMMER)
                            .setSeed(1)
                            .setCount(2)
                            .build())
                    .getStates())
            .addControllers(
                Controller.newBuilder()
                    .setLinearGaussian(
                        LinearGaussianController.newBuilder()
                            .setReferenceStates(tensor(random, 1, T, NX))
                            .setReferenceActions(tensor(random, 20, T, NU))
                            .setFeedforward(tensor(random, 5, T, NU))
                            .setFeedback(tensor(random, 5, T, NU, NX))
                            .setNoiseCholesky(tensor(random, 10, T, NU, NU))))
            .addAllSeeds(List.of(1L, -1L))
            .addAllStepSizes(List.of(1.0, 0.3))
            .setWithDigest(true);
    for (Activation activation :
        List.of(Activation.ACTIVATION_SOFTPLUS, Activation.ACTIVATION_TANH)) {
      request.addControllers(
          Controller.newBuilder()
              .setMlp(
                  MlpController.newBuilder()
                      .addAllInputs(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9))
                      .addLayers(layer(random, 10, 9))
                      .addLayers(layer(random, NU, 10))
                      .setActivation(activation)
                      .setNoiseStd(Rig.tensor(new double[] {3, 4}, NU))));
    }
    return request.build();
  }

  private static MlpLayer layer(Random random, int rows, int columns) {
    return MlpLayer.newBuilder()
        .setWeights(tensor(random, 3, rows, columns))
        .setBiases(tensor(random, 1, rows))
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
