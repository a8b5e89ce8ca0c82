package io.gaitway.client.session;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the future of some environments depends on: states, seeds, episode numbers, step
 * counters, and the model they belong to. It can be put into any session of the same model, on any
 * server, which then continues with the same bits.
 */
public final class Snapshot {
  private final EnvironmentSnapshot message;

  Snapshot(EnvironmentSnapshot message) {
    this.message = message;
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if the bytes are not a snapshot; the message names the field
   */
  public static Snapshot fromBytes(byte[] bytes) {
    EnvironmentSnapshot message;
    try {
      message = EnvironmentSnapshot.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "invalid snapshot of %d bytes: %s".formatted(bytes.length, e.getMessage()), e);
    }
    @Nullable String problem = problem(message);
    if (problem != null) {
      throw new IllegalArgumentException(
          "invalid snapshot of %d bytes: %s".formatted(bytes.length, problem));
    }
    return new Snapshot(message);
  }

  /** What is wrong with a snapshot whatever it is of; null if nothing is. */
  static @Nullable String problem(EnvironmentSnapshot message) {
    int m = message.getSeedsCount();
    if (m == 0) {
      return "seeds is empty";
    }
    if (message.getEpisodesCount() != m || message.getEpisodeStepsCount() != m) {
      return "%d seeds, %d episodes and %d episode_steps must be as many"
          .formatted(m, message.getEpisodesCount(), message.getEpisodeStepsCount());
    }
    Tensor states = message.getStates();
    long nx = states.getShapeCount() == 2 ? states.getShape(1) : -1;
    @Nullable String problem =
        nx < 0 || nx > Integer.MAX_VALUE
            ? "has shape %s".formatted(Tensors.words(states.getShapeList()))
            : Tensors.problem(states, DataType.DATA_TYPE_FLOAT64, m, nx);
    if (problem != null) {
      return "states " + problem;
    }
    problem = Tensors.problem(message.getFinished(), DataType.DATA_TYPE_BOOL, m);
    return problem == null ? null : "finished " + problem;
  }

  /** The snapshot as bytes, for a file or another machine: gaitway.v1.EnvironmentSnapshot. */
  public byte[] toBytes() {
    return message.toByteArray();
  }

  /** Catalog name of the environments. */
  public String environmentId() {
    return message.getEnvironmentId();
  }

  /** Digest of the model that the snapshot was taken of. */
  public String modelDigest() {
    return message.getModelDigest();
  }

  /** Number of environments in the snapshot. */
  public int size() {
    return message.getSeedsCount();
  }

  EnvironmentSnapshot message() {
    return message;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Snapshot snapshot && snapshot.message.equals(message);
  }

  @Override
  public int hashCode() {
    return message.hashCode();
  }
}
