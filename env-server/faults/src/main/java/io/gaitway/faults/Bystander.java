package io.gaitway.faults;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc.DynamicsServiceBlockingStub;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutRequest;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A client that asks for little, and how long it waits. Beside its calls it controls an evaluation,
 * whose rounds it answers at once.
 */
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

  private final Login login;

  /**
   * What it saw, ms.
   *
   * @param steps times of calls of one control step
   * @param rollouts times of 50 rollouts of 400 steps
   * @param connections times of the first call on a new connection
   * @param rounds rounds of the evaluation that were answered
   * @param faults what the controller was blamed for, or was refused
   */
  record Seen(
      List<Double> steps,
      List<Double> rollouts,
      List<Double> connections,
      int rounds,
      List<String> faults) {
    /** The time that this share of the steps did not exceed. */
    double step(double share) {
      List<Double> sorted = steps.stream().sorted().toList();
      return sorted.get((int) Math.min(sorted.size() - 1.0, share * sorted.size()));
    }

    static double longest(List<Double> millis) {
      return millis.stream().mapToDouble(each -> each).max().orElse(Double.NaN);
    }

    /** Whether nobody had to wait; {@code patience} times as long is allowed. */
    boolean isUndisturbed(double patience) {
      return step(0.99) <= 100 * patience
          && longest(rollouts) <= 1000 * patience
          && longest(connections) <= 1000 * patience;
    }

    /** Whether the controller was asked, and blamed for nothing. */
    boolean isBlameless() {
      return rounds > 0 && faults.isEmpty();
    }

    @Override
    public String toString() {
      return "%d steps: median %.1f, p99 %.1f, longest %.1f ms; %d rollouts: longest %.0f ms; %d new connections: longest %.0f ms; %d rounds of a controller%s"
          .formatted(
              steps.size(),
              step(0.5),
              step(0.99),
              longest(steps),
              rollouts.size(),
              longest(rollouts),
              connections.size(),
              longest(connections),
              rounds,
              faults.isEmpty() ? "" : ", AT FAULT: " + faults);
    }
  }

  Bystander(Login login) {
    this.login = login;
  }

  /** Makes so many calls, 3000 say, that neither side is slow because it is new. */
  void warmUp(int count) {
    ManagedChannel channel = login.connect();
    DynamicsServiceBlockingStub calls = DynamicsServiceGrpc.newBlockingStub(channel);
    for (int i = 0; i < count; i++) {
      calls.evaluate(STEP);
    }
    channel.shutdownNow();
  }

  /** Makes calls for so long. */
  Seen watch(Duration length) throws InterruptedException {
    List<Double> steps = new ArrayList<>();
    List<Double> rollouts = new ArrayList<>();
    List<Double> connections = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> rounds =
        CompletableFuture.supplyAsync(() -> control(over, faults), run -> new Thread(run).start());
    ManagedChannel channel = login.connect();
    try {
      DynamicsServiceBlockingStub calls = DynamicsServiceGrpc.newBlockingStub(channel);
      long began = System.nanoTime();
      for (int i = 0; System.nanoTime() - began < length.toNanos(); i++) {
        steps.add(millis(() -> calls.evaluate(STEP)));
        if (i % 25 == 24) {
          rollouts.add(millis(() -> calls.rollout(ROLLOUT).forEachRemaining(part -> {})));
          connections.add(millis(this::callAnew));
        }
        Thread.sleep(BETWEEN.toMillis());
      }
    } finally {
      over.set(true);
      channel.shutdownNow();
    }
    return new Seen(steps, rollouts, connections, rounds.join(), faults);
  }

  /** Controls evaluations until it is told to stop; returns the number of rounds. */
  private int control(AtomicBoolean over, List<String> faults) {
    int[] rounds = {0};
    ControllerFunction controller =
        (round, us) -> {
          if (over.get()) {
            throw new CompletionException("over", null);
          }
          rounds[0]++;
        };
    try (GaitwayClient client = login.client()) {
      Evaluations evaluations = client.evaluations();
      while (!over.get()) {
        String id = evaluations.create(EvaluationOptions.of("swimmer-still", "prompt")).id();
        evaluations.control(id, controller);
      }
    } catch (GaitwayException e) {
      faults.add(e.getMessage());
    } catch (CompletionException e) {
      // The end.
    }
    return rounds[0];
  }

  private void callAnew() {
    ManagedChannel channel = login.connect();
    DynamicsServiceGrpc.newBlockingStub(channel).evaluate(STEP);
    channel.shutdownNow();
  }

  private static double millis(Runnable call) {
    long began = System.nanoTime();
    call.run();
    return (System.nanoTime() - began) / 1e6;
  }
}
