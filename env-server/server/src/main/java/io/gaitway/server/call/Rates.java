package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.server.wire.Errors;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Map;

/** What principals may ask for in a second. */
final class Rates {
  /** Principals whose buckets are kept; one that is forgotten begins with full ones. */
  private static final int KEPT = 10_000;

  /** Buckets can count no more than this in a second. */
  private static final long HIGHEST = 1_000_000_000;

  private final CallLimits limits;
  private final Map<String, Buckets> buckets = new Recent<>(KEPT);

  private record Buckets(Bucket calls, Bucket steps) {}

  Rates(CallLimits limits) {
    this.limits = limits;
  }

  /** Counts a call; throws if there are too many. */
  void call(Caller caller) {
    take(of(caller).calls, 1, "calls in a second", limits.callsPerSecond());
  }

  /** Counts control steps; throws if there are too many. More than a second's worth may be owed. */
  void steps(Caller caller, long count) {
    long most = Math.min(limits.stepsPerSecond(), HIGHEST);
    take(of(caller).steps, Math.min(count, most), "control steps in a second", most);
  }

  private static void take(Bucket bucket, long count, String what, long most) {
    if (count == 0) {
      return;
    }
    if (!bucket.tryConsume(count)) {
      long wait = bucket.estimateAbilityToConsume(count).getNanosToWaitForRefill();
      throw Errors.tooFast(what, most, Duration.ofNanos(wait));
    }
  }

  private Buckets of(Caller caller) {
    synchronized (buckets) {
      return buckets.computeIfAbsent(
          caller.principal().name(),
          name -> new Buckets(bucket(limits.callsPerSecond()), bucket(limits.stepsPerSecond())));
    }
  }

  private static Bucket bucket(long limit) {
    long perSecond = Math.min(limit, HIGHEST);
    return Bucket.builder()
        .addLimit(
            Bandwidth.builder()
                .capacity(perSecond)
                .refillGreedy(perSecond, Duration.ofSeconds(1))
                .build())
        .build();
  }
}
