package io.gaitway.agents.cli;

import io.gaitway.address.Endpoint;
import io.gaitway.agents.program.Puppet;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Target;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControlResponse;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.RoundActions;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/** A controller in a process of its own: well-behaved, or bad in the way its argument says. */
final class ControllerMain {
  private ControllerMain() {}

  /** The command line that starts it. */
  static String commandLine(String... arguments) {
    return Puppet.commandLine(ControllerMain.class, arguments);
  }

  /**
   * Controls the evaluation that the environment names.
   *
   * @param arguments what to do, and from which round on
   */
  public static void main(String[] arguments) throws Exception {
    String manner = arguments[0];
    long from = arguments.length > 1 ? Long.parseLong(arguments[1]) : 0;
    String server = Objects.requireNonNull(System.getenv("GAITWAY_EVALUATION_SERVER"));
    String evaluation = Objects.requireNonNull(System.getenv("GAITWAY_EVALUATION"));
    if (manner.equals("absent")) {
      sleep();
    }
    if (manner.equals("flood")) {
      flood(server, evaluation);
      return;
    }
    try (GaitwayClient client = GaitwayClient.connect(server)) {
      if (manner.equals("peek")) {
        peek(client);
      }
      client.evaluations().control(evaluation, (round, us) -> act(manner, from, round, us));
    }
  }

  private static void act(String manner, long from, ControllerFunction.Round round, double[] us) {
    if (round.number() < from) {
      return;
    }
    switch (manner) {
      case "crash" -> {
        System.err.println("something is wrong here");
        Runtime.getRuntime().halt(3);
      }
      case "hang" -> sleep();
      case "nan" -> Arrays.fill(us, 0, us.length / round.size(), Double.NaN);
      default -> {}
    }
  }

  /** Tries what a controller must not do. */
  private static void peek(GaitwayClient client) {
    try {
      client.simulator("swimmer", Map.of());
    } catch (GaitwayException e) {
      System.err.println("catalog: " + e.code());
    }
  }

  /** Sends answers to the first round again and again. */
  private static void flood(String server, String evaluation) throws InterruptedException {
    ManagedChannel channel =
        Channels.open(new Target.Remote(Endpoint.parse(server)), null, 1 << 20, "flood").channel();
    CountDownLatch ended = new CountDownLatch(1);
    StreamObserver<ControlRequest> requests =
        EvaluationServiceGrpc.newStub(channel)
            .control(
                new StreamObserver<ControlResponse>() {
                  @Override
                  public void onNext(ControlResponse message) {}

                  @Override
                  public void onError(Throwable fault) {
                    System.err.println(fault.getMessage());
                    ended.countDown();
                  }

                  @Override
                  public void onCompleted() {
                    ended.countDown();
                  }
                });
    requests.onNext(
        ControlRequest.newBuilder()
            .setAttach(Attachment.newBuilder().setEvaluationId(evaluation))
            .build());
    ControlRequest answer =
        ControlRequest.newBuilder().setActions(RoundActions.newBuilder().setRound(7)).build();
    for (int i = 0; i < 10_000; i++) {
      requests.onNext(answer);
    }
    ended.await();
    channel.shutdownNow();
    System.exit(4);
  }

  private static void sleep() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
