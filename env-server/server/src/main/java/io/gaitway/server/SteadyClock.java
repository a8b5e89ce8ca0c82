package io.gaitway.server;

import java.time.Instant;
import java.time.InstantSource;

/** The time of day as of construction plus the time elapsed: never jumps when the clock is set. */
final class SteadyClock implements InstantSource {
  private final Instant origin = Instant.now();
  private final long originNanos = System.nanoTime();

  @Override
  public Instant instant() {
    return origin.plusNanos(System.nanoTime() - originNanos);
  }
}
