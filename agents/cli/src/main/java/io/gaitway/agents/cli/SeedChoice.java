package io.gaitway.agents.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says what random numbers are drawn with. */
final class SeedChoice {
  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The only source of randomness, any integer; default 0.")
  private @Nullable Long seed;

  /** The option as it was given; null without it. */
  @Nullable Long given() {
    return seed;
  }

  /** The seed. */
  long value() {
    return Objects.requireNonNullElse(seed, 0L);
  }
}
