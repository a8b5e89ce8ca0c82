package io.gaitway.bench;

import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc.DynamicsServiceBlockingStub;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutRequest;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A client that asks for little, and how long it waits. */
final class Bystander {
  private static final Duration BETWEEN = Duration.ofMillis(10);

  private static final EvaluateRequest STEP =
      EvaluateRequest.newBuilder()
          .setEnvironment(Attack.swimmer())
          .setStates(Attack.zeros(1, 10))
          .setActions(Attack.zeros(1, 2))
          .build();
  private static final RolloutRequest ROLLOUT =
      Attack.rollout(Attack.swimmer(), 10, 50, 400)
          .addControllers(Attack.network(new int[] {0}, 2))
          .setDetail(RolloutDetail.ROLLOUT_DETAIL_SUMMARY)
          .build();

  private final Supplier<ManagedChannel> connect;

  /**
   * What it saw, ms.
   *
   * @param steps times of calls of one control step
   * @param rollouts times of 50 rollouts of 400 steps
   * @param connections times of the first call on a new connection
   */
  record Seen(List<Double> steps, List<Double> rollouts, List<Double> connections) {
    /** The time that this share of the steps did not exceed. */
    double step(double share) {
      List<Double> sorted = steps.stream().sorted().toList();
      return sorted.get((int) Math.min(sorted.size() - 1.0, share * sorted.size()));
    }

    static double longest(List<Double> millis) {
      return millis.stream().mapToDouble(each -> each).max().orElse(Double.NaN);
    }

    /** Whether others were not felt; {@code patience} times as long is allowed. */
    boolean isUndisturbed(double patience) {
      return step(0.99) <= 100 * patience
          && longest(rollouts) <= 1000 * patience
          && longest(connections) <= 1000 * patience;
    }

    @Override
    public String toString() {
      return "%d steps: median %.1f, p99 %.1f, longest %.1f ms; %d rollouts: longest %.0f ms; %d new connections: longest %.0f ms"
          .formatted(
              steps.size(),
              step(0.5),
              step(0.99),
              longest(steps),
              rollouts.size(),
              longest(rollouts),
              connections.size(),
              longest(connections));
    }
  }

  /** One that makes its connections with {@code connect}. */
  Bystander(Supplier<ManagedChannel> connect) {
    this.connect = connect;
  }

  /** Makes calls for so long. */
  Seen watch(Duration length) throws InterruptedException {
    Seen seen = new Seen(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    ManagedChannel channel = connect.get();
    try {
      DynamicsServiceBlockingStub calls = DynamicsServiceGrpc.newBlockingStub(channel);
      long began = System.nanoTime();
      for (int i = 0; System.nanoTime() - began < length.toNanos(); i++) {
        seen.steps.add(millis(() -> calls.evaluate(STEP)));
        if (i % 25 == 24) {
          seen.rollouts.add(millis(() -> calls.rollout(ROLLOUT).forEachRemaining(part -> {})));
          seen.connections.add(millis(this::callAnew));
        }
        Thread.sleep(BETWEEN.toMillis());
      }
    } finally {
      channel.shutdownNow();
    }
    return seen;
  }

  private void callAnew() {
    ManagedChannel channel = connect.get();
    DynamicsServiceGrpc.newBlockingStub(channel).evaluate(STEP);
    channel.shutdownNow();
  }

  private static double millis(Runnable call) {
    long began = System.nanoTime();
    call.run();
    return (System.nanoTime() - began) / 1e6;
  }
}
