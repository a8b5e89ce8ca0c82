package io.gaitway.server;

import java.time.Instant;
import java.time.InstantSource;

/**
 * The time elapsed, as an instant that does not jump when the time of day is set. Only differences
 * mean something.
 */
final class SteadyClock implements InstantSource {
  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(System.nanoTime());
  }
}
